-- one row per asset_id, source and version of the row
{{ stage("hardware_asset") }}

-- one row per finance_asset_id and book, source and version of the row
{{ stage("fixed_asset") }}

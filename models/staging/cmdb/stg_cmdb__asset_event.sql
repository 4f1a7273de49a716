-- one row per event_id and source: its newest version
{{ stage("asset_event") }}

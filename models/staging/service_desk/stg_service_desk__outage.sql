-- one row per outage_id and source: its newest version
{{ stage("outage") }}

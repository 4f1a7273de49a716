-- one row per record_id and source: its newest version
{{ stage("sanitization") }}

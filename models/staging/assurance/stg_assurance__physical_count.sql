-- one row per count_id and line_id and source: its newest version
{{ stage("physical_count") }}

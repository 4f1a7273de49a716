-- one row per line_id and source: its newest version
{{ stage("cost_line") }}

-- one row per charge line and source: its newest version
{{ stage("cloud_cost") }}

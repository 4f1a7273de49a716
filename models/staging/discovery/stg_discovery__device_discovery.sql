-- one row per device_id, source and version of the row
{{ stage("device_discovery") }}

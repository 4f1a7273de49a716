-- one row per device_id and raw_publisher and raw_name and raw_version and edition,
-- source and version of the row
{{ stage("software_install") }}

-- one row per device_id and raw_publisher and raw_name and raw_version and edition,
-- source and change of what was observed
{{ stage_sightings("software_install") }}

-- one row per device_id, source and change of what was observed
{{ stage_sightings("device_discovery") }}

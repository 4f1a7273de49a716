-- one row per device_id and patch_id, source and change of what was observed
{{ stage_sightings("patch_status") }}

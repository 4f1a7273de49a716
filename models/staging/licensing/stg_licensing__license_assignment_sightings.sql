-- one row per assignment_id, source and change of what was observed
{{ stage_sightings("license_assignment") }}

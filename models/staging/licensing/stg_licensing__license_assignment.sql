-- one row per assignment_id, source and version of the row
{{ stage("license_assignment") }}

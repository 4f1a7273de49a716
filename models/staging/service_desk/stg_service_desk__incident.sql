-- one row per incident_id and ci_id, source and version of the row
{{ stage("incident") }}

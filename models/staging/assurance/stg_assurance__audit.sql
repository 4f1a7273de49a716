-- one row per audit_id, source and version of the row
{{ stage("audit") }}

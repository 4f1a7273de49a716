-- one row per finding_id, source and version of the row
{{ stage("audit_finding") }}

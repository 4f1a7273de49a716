-- one row per entitlement_id, source and version of the row
{{ stage("entitlement") }}

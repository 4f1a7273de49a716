-- one row per contract_id, source and version of the row
{{ stage("contract") }}

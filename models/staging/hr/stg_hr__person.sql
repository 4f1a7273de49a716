-- one row per person_id and spell_no, source and version of the row
{{ stage("person") }}

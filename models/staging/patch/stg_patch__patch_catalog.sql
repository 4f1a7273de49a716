-- one row per patch_id, source and version of the row
{{ stage("patch_catalog") }}

-- one row per device_id and patch_id, source and version of the row
{{ stage("patch_status") }}

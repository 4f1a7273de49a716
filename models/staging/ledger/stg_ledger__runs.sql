-- one row per refresh, the one that runs now among them
select
    refresh_id,
    started_at,
    finished_at,
    as_of_date,
    outcome,
    project_version,
    rules_fingerprint
from {{ source("ledger", "runs") }}

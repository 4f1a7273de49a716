-- one row per cell and refresh that published it first or differently
select
    kpi_id,
    as_of_date,
    dim_type,
    dim_value,
    refresh_id,
    computed_at,
    numerator,
    denominator,
    value,
    coverage,
    status,
    is_first_reported
from {{ source("ledger", "kpi_result_log") }}

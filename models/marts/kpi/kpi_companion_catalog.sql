-- one row per KPI and name of a companion
select kpi_id, name, unit, description
from {{ ref("stg_policy__kpi_companion_definitions") }}

-- one row per KPI and as-of date
select *
from {{ ref("kpi_scorecard") }}
where concat('|', roles, '|') like '%|finance|%'

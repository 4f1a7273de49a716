-- one row per KPI and as-of date
select *
from {{ ref("kpi_scorecard") }}
where concat_ws('', '|', roles, '|') like '%|it_ops|%'

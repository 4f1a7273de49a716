-- Which past numbers have changed since we first reported them?
select
    catalog.name,
    log.as_of_date,
    min(case when log.is_first_reported then log.value end) as first_reported,
    results.value as now_known,
    count(*) as published_values
from marts.kpi_result_log as log
inner join
    marts.kpi_results as results
    on results.kpi_id = log.kpi_id
    and results.as_of_date = log.as_of_date
    and results.dim_type = log.dim_type
    and results.dim_value = log.dim_value
inner join marts.kpi_catalog as catalog on catalog.kpi_id = log.kpi_id
where log.dim_type = 'all'
group by catalog.name, log.as_of_date, results.value
having
    min(case when log.is_first_reported then log.value end)
    is distinct from results.value
order by log.as_of_date desc, catalog.name

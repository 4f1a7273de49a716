-- Which numbers can we not measure or not trust today, and why?
select catalog.name, results.status, results.trust, results.coverage, results.reason
from marts.kpi_results as results
inner join marts.kpi_catalog as catalog on catalog.kpi_id = results.kpi_id
where
    results.dim_type = 'all'
    and results.as_of_date = (select max(as_of_date) from marts.kpi_results)
    and (results.status <> 'ok' or results.trust = 'compromised')
order by results.status, catalog.name

-- Which parts, coverage, formula and feeds stand behind the number of each KPI?
select
    catalog.kpi_id,
    catalog.formula,
    results.numerator,
    results.denominator,
    results.value,
    results.coverage,
    results.status,
    results.reason,
    results.formula_version,
    catalog.needs,
    catalog.target_source
from marts.kpi_results as results
inner join marts.kpi_catalog as catalog on catalog.kpi_id = results.kpi_id
where
    results.dim_type = 'all'
    and results.as_of_date = (select max(as_of_date) from marts.kpi_results)
order by catalog.kpi_id

-- How do the ten headline KPIs stand today, and are they getting better?
select
    catalog.name,
    results.numerator,
    results.denominator,
    round(results.value, 3) as value,
    results.target,
    results.rag,
    round(results.value - results.previous_value, 3) as change,
    case
        when results.value is null or results.previous_value is null
        then 'unknown'
        when results.value = results.previous_value
        then 'same'
        when (results.value > results.previous_value) = (catalog.direction = 'up')
        then 'better'
        else 'worse'
    end as trend,
    results.status,
    results.trust
from marts.kpi_results as results
inner join marts.kpi_catalog as catalog on catalog.kpi_id = results.kpi_id
where
    catalog.tier = 'top_ten'
    and results.dim_type = 'all'
    and results.as_of_date = (select max(as_of_date) from marts.kpi_results)
order by case results.rag when 'red' then 1 when 'amber' then 2 else 3 end, catalog.name

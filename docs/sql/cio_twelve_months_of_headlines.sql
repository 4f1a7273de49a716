-- How have the headline KPIs developed over the last twelve month ends?
select
    catalog.name, results.as_of_date, round(results.value, 3) as value, results.status
from marts.kpi_results as results
inner join marts.kpi_catalog as catalog on catalog.kpi_id = results.kpi_id
inner join marts.dim_date as dates on dates.date_day = results.as_of_date
where
    catalog.tier = 'top_ten'
    and results.dim_type = 'all'
    and dates.is_month_end
    and results.as_of_date
    > (select max(as_of_date) from marts.kpi_results) - interval 12 months
order by catalog.name, results.as_of_date

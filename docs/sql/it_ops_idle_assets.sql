-- Which deployed assets does nobody use, and what would a new one of each cost?
select
    exceptions.asset_class,
    exceptions.department,
    exceptions.reason,
    count(*) as assets,
    sum(exceptions.impact_amount) as replacement_cost,
    max(exceptions.impact_currency) as currency
from marts.kpi_exceptions as exceptions
where exceptions.kpi_id = 'asset_utilization_rate' and exceptions.change <> 'gone'
group by exceptions.asset_class, exceptions.department, exceptions.reason
order by assets desc, exceptions.asset_class, exceptions.department

-- Which SaaS products have idle seats, and why are they idle?
select
    exceptions.product,
    exceptions.reason,
    count(*) as seats,
    round(sum(exceptions.quantity), 0) as quantity,
    max(exceptions.suggested_action) as suggested_action
from marts.kpi_exceptions as exceptions
where exceptions.kpi_id = 'saas_utilization_rate' and exceptions.change <> 'gone'
group by exceptions.product, exceptions.reason
order by seats desc, exceptions.product

-- Which cloud accounts have cost that no cost centre answers for, by service?
with today as (select max(as_of_date) as as_of_date from marts.kpi_results)

select
    costs.service_provider_name,
    coalesce(costs.sub_account_id, costs.billing_account_id) as account,
    costs.service_name,
    round(sum(costs.effective_cost_base), 2) as effective_cost
from marts.fct_cloud_costs as costs
cross join today
where
    costs.allocation = 'unallocated'
    and costs.charge_date > today.as_of_date - interval 12 months
    and costs.charge_date <= today.as_of_date
group by 1, 2, 3
order by effective_cost desc

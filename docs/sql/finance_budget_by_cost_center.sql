-- Where are we over budget, and is it the exchange rate or what we bought?
select
    companions.dim_value as cost_center,
    max(case when name = 'actual_amount' then value end) as actual,
    max(case when name = 'budget_amount' then value end) as budget,
    max(case when name = 'fx_effect_amount' then value end) as fx_effect,
    max(
        case when name = 'volume_price_effect_amount' then value end
    ) as volume_price_effect,
    max(case when name = 'forecast_amount' then value end) as forecast,
    max(case when name = 'commitment_amount' then value end) as open_orders,
    max(case when name = 'persistent_overspend_count' then value end)
    = 1 as is_persistent_overspend
from marts.kpi_companions as companions
where
    companions.kpi_id = 'budget_variance'
    and companions.dim_type = 'cost_center'
    and companions.as_of_date = (select max(as_of_date) from marts.kpi_results)
group by companions.dim_value
order by coalesce(actual, 0) - coalesce(budget, 0) desc

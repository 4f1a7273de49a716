-- What has an asset of each class cost so far, per month, and over a whole life?
select
    results.dim_value as asset_class,
    max(case when kpi_id = 'tco_per_asset' then denominator end) as assets,
    max(case when kpi_id = 'tco_per_asset' then round(value, 2) end) as cost_to_date,
    max(
        case when kpi_id = 'tco_normalized_per_asset' then round(value, 2) end
    ) as cost_per_month,
    max(
        case when kpi_id = 'lifecycle_tco_per_asset' then round(value, 2) end
    ) as cost_of_a_life
from marts.kpi_results as results
where
    results.dim_type = 'asset_class'
    and results.as_of_date = (select max(as_of_date) from marts.kpi_results)
    and results.kpi_id
    in ('tco_per_asset', 'tco_normalized_per_asset', 'lifecycle_tco_per_asset')
group by results.dim_value
order by cost_to_date desc nulls last

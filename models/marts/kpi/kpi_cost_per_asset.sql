-- one row per as-of date
with
    estate_costs as (select * from {{ ref("int_money__estate_costs") }}),

    -- depreciation stands for capital expenditure
    cost_per_asset as (
        select
            'cost_per_asset' as kpi_id,
            as_of_date,
            'all' as dim_type,
            'all' as dim_value,
            cast(opex_amount + depreciation_amount as decimal(38, 12)) as numerator,
            cast(average_assets as decimal(38, 12)) as denominator,
            cast(dated_assets as decimal(38, 12)) as covered,
            cast(assets as decimal(38, 12)) as population
        from estate_costs
    )

select *
from cost_per_asset

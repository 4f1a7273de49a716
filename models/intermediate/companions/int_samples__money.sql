-- one row per slice and cost to date of an asset, at the newest as-of date
with
    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    costs as (
        select
            newest.as_of_date,
            asset_tco.asset_class,
            cast(asset_tco.total_amount as double) as value
        from {{ ref("int_money__asset_tco") }} as asset_tco
        inner join
            newest
            on asset_tco.valid_from <= newest.as_of_date
            and asset_tco.valid_to > newest.as_of_date
        where asset_tco.population = 'living' and asset_tco.has_acquisition
    ),

    samples__money as (
        select
            'tco_per_asset' as kpi_id,
            as_of_date,
            case
                when grouping(asset_class) = 0 then 'asset_class' else 'all'
            end as dim_type,
            case
                when grouping(asset_class) = 0 then asset_class else 'all'
            end as dim_value,
            'tco' as sample,
            'currency' as unit,
            value,
            false as is_censored,
            count(*) as weight
        from costs
        group by grouping sets ((as_of_date, value), (as_of_date, value, asset_class))
    )

select *
from samples__money

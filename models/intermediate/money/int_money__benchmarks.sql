-- one row per KPI, slice and as-of date for which policy has a target
with
    targets as (
        select *
        from {{ ref("int_kpi__policy_targets") }}
        where
            kpi_id in ('budget_variance', 'tco_normalized_per_asset')
            and target is not null
    ),

    as_of_dates as (select * from {{ ref("int_calendar__as_of_dates") }}),

    slices as (
        select
            'tco_normalized_per_asset' as kpi_id,
            'asset_class' as dim_type,
            asset_class as dim_value
        from {{ ref("int_assets__rows") }}
        group by asset_class
        union all
        select
            'budget_variance' as kpi_id,
            'cost_center' as dim_type,
            cost_center as dim_value
        from {{ ref("int_money__budget_lines") }}
        group by cost_center
    ),

    -- the slice's own target before the KPI's, a shorter period before a longer one
    ranked as (
        select
            slices.kpi_id,
            slices.dim_type,
            slices.dim_value,
            as_of_dates.as_of_date,
            targets.target,
            row_number() over (
                partition by slices.kpi_id, slices.dim_value, as_of_dates.as_of_date
                order by
                    length(targets.slice) desc nulls last,
                    length(targets.period) desc nulls last
            ) as place
        from slices
        cross join as_of_dates
        inner join
            targets
            on targets.kpi_id = slices.kpi_id
            and targets.slice
            in ('', concat_ws('', slices.dim_type, '=', slices.dim_value))
            and substr(
                cast(as_of_dates.as_of_date as string), 1, length(targets.period)
            )
            = targets.period
    ),

    benchmarks as (
        select kpi_id, dim_type, dim_value, as_of_date, target
        from ranked
        where place = 1
    )

select *
from benchmarks

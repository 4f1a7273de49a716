-- one row per KPI, as-of date, slice, sample and value in it
-- long: two samples share one shape
with
    dates as (
        select as_of_date, max(as_of_date) over () as newest_date
        from {{ ref("int_calendar__as_of_dates") }}
        where has_slices
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    -- the age of the living estate, on the newest date
    ages as (
        select
            'assets_over_life_pct' as kpi_id,
            dates.as_of_date,
            'age' as sample,
            'months' as unit,
            cast(
                {{ completed_months("ages.start_date", "dates.as_of_date") }} as double
            ) as value,
            ages.row_id
        from {{ ref("int_assets__age_spans") }} as ages
        inner join
            dates
            on dates.as_of_date = dates.newest_date
            and dates.as_of_date >= greatest(ages.valid_from, ages.start_date)
            and dates.as_of_date < ages.valid_to
        where ages.start_date is not null
    ),

    counts as (
        select
            'physical_accuracy_rate' as kpi_id,
            dates.as_of_date,
            'physical_accuracy' as sample,
            'proportion' as unit,
            case when counts.is_matched then 1.0 else 0.0 end as value,
            counts.row_id
        from {{ ref("int_assurance__count_spans") }} as counts
        inner join
            dates
            on dates.as_of_date >= counts.valid_from
            and dates.as_of_date < counts.valid_to
    ),

    members as (
        select *
        from ages
        union all
        select *
        from counts
    ),

    sliced as (
        select
            members.*,
            {%- for dimension in asset_dimensions() %}
                coalesce(
                    asset_rows.{{ dimension }}, '(unassigned)'
                ) as {{ dimension }} {{ "," if not loop.last }}
            {%- endfor %}
        from members
        left join asset_rows on asset_rows.row_id = members.row_id
    ),

    int_samples__assets as (
        select
            kpi_id,
            as_of_date,
            case
                {%- for dimension in asset_dimensions() %}
                    when grouping({{ dimension }}) = 0 then '{{ dimension }}'
                {%- endfor %}
                else 'all'
            end as dim_type,
            case
                {%- for dimension in asset_dimensions() %}
                    when grouping({{ dimension }}) = 0 then {{ dimension }}
                {%- endfor %}
                else 'all'
            end as dim_value,
            sample,
            unit,
            cast(value as double) as value,
            false as is_censored,
            count(*) as weight
        from sliced
        group by
            grouping sets (
                (kpi_id, as_of_date, sample, unit, value)
                {%- for dimension in asset_dimensions() %}
                    , (kpi_id, as_of_date, sample, unit, value, {{ dimension }})
                {%- endfor %}
            )
    )

select *
from int_samples__assets

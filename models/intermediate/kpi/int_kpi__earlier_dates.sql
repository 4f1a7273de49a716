-- one row per kind of window, as-of date and whether it is about slices
with
    dates as (select * from {{ ref("int_calendar__as_of_dates") }}),

    -- a slice is compared with sliced dates
    scopes as (
        select false as is_sliced, as_of_date
        from dates
        union all
        select true as is_sliced, as_of_date
        from dates
        where has_slices
    ),

    windows as (
        select distinct window_kind, window_days
        from {{ ref("stg_policy__kpi_definitions") }}
    ),

    -- the equal window before this one ends that much earlier
    steps as (
        select
            windows.window_kind,
            scopes.is_sliced,
            scopes.as_of_date,
            case
                when windows.window_kind in ('t12m', 'ytd', 'life')
                then {{ add_months("scopes.as_of_date", -12) }}
                else
                    {{
                        add_days(
                            "scopes.as_of_date",
                            "(-1 * coalesce(windows.window_days, 30))",
                        )
                    }}
            end as previous_limit,
            {{ add_months("scopes.as_of_date", -12) }} as year_ago_date
        from scopes
        cross join windows
    ),

    earlier_dates as (
        select
            steps.window_kind,
            steps.is_sliced,
            steps.as_of_date,
            steps.year_ago_date,
            max(scopes.as_of_date) as previous_date
        from steps
        left join
            scopes
            on scopes.is_sliced = steps.is_sliced
            and scopes.as_of_date <= steps.previous_limit
        group by 1, 2, 3, 4
    )

select *
from earlier_dates

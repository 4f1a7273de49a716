-- one row per day from the first as-of date to the last
with
    as_of_dates as (select * from {{ ref("int_calendar__as_of_dates") }}),

    bounds as (
        select min(as_of_date) as first_day, max(as_of_date) as last_day
        from as_of_dates
    ),

    numbers as ({{ dbt.generate_series(16384) }}),

    days as (
        select
            {{ add_days("bounds.last_day", "(-1 * (numbers.generated_number - 1))") }}
            as date_day,
            bounds.first_day
        from bounds
        cross join numbers
    ),

    calendar_days as (
        select
            days.date_day,
            min(as_of_dates.as_of_date) over (
                order by days.date_day rows between current row and unbounded following
            ) as as_of_all,
            min(case when as_of_dates.has_slices then as_of_dates.as_of_date end) over (
                order by days.date_day rows between current row and unbounded following
            ) as as_of_slices
        from days
        left join as_of_dates on as_of_dates.as_of_date = days.date_day
        where days.date_day >= days.first_day
    )

select *
from calendar_days

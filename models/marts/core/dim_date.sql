-- one row per day from the first as-of date to the newest
with
    days as (select * from {{ ref("int_calendar__days") }}),

    as_of_dates as (select * from {{ ref("int_calendar__as_of_dates") }}),

    dim_date as (
        select
            days.date_day,
            cast(extract(year from days.date_day) as integer) as calendar_year,
            cast(extract(quarter from days.date_day) as integer) as calendar_quarter,
            cast(extract(month from days.date_day) as integer) as calendar_month,
            cast(
                {{ dbt.last_day("days.date_day", "month") }} as date
            ) as month_end_date,
            days.date_day
            = {{ dbt.last_day("days.date_day", "month") }} as is_month_end,
            as_of_dates.as_of_date is not null as is_as_of_date,
            coalesce(as_of_dates.has_slices, false) as has_slices
        from days
        left join as_of_dates on as_of_dates.as_of_date = days.date_day
    )

select *
from dim_date

-- one row: D and the day it is compared with
with
    dates as (select * from {{ ref("int_calendar__as_of_dates") }}),

    newest as (select max(as_of_date) as as_of_date from dates),

    published as (
        select max(published_dates.as_of_date) as as_of_date
        from
            (
                select max(as_of_date) as as_of_date
                from {{ ref("stg_ledger__kpi_result_log") }}
                group by refresh_id
            ) as published_dates
        cross join newest
        where published_dates.as_of_date < newest.as_of_date
    ),

    compared_dates as (
        select newest.as_of_date, max(dates.as_of_date) as previous_date
        from newest
        cross join published
        left join dates on dates.as_of_date <= published.as_of_date
        group by newest.as_of_date
    )

select *
from compared_dates

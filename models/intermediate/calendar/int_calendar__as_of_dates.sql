-- one row per as-of date
with
    deliveries as (
        select delivery.*
        from {{ source("landing", "deliveries") }} as delivery
        where delivery.status = 'accepted'
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    requests as (select * from {{ source("landing", "as_of_requests") }}),

    -- what this refresh was asked for; without a request, the day of the newest
    -- snapshot
    bounds as (
        select
            coalesce(
                (select max(as_of_date) from requests where is_current),
                max(
                    case
                        when feed in ('{{ feeds_of_kind("snapshot") | join("', '") }}')
                        then cast(extracted_at as date)
                    end
                )
            ) as last_day,
            min(cast(extracted_at as date)) as first_day
        from deliveries
    ),

    numbers as ({{ dbt.generate_series(16384) }}),

    days as (
        select
            bounds.last_day,
            bounds.first_day,
            {{ add_days("bounds.last_day", "(-1 * (numbers.generated_number - 1))") }}
            as date_day,
            numbers.generated_number
        from bounds
        cross join numbers
    ),

    month_ends as (
        select date_day, row_number() over (order by date_day desc) as months_back
        from days
        where
            date_day >= first_day and date_day = {{ dbt.last_day("date_day", "month") }}
    ),

    wanted as (
        select date_day, generated_number = 1 as has_slices
        from days
        cross join policy
        where generated_number <= policy.baseline_days
        union all
        select date_day, true as has_slices
        from month_ends
        where months_back <= 36
        union all
        select requests.as_of_date as date_day, true as has_slices
        from requests
        cross join bounds
        where requests.as_of_date <= bounds.last_day
    ),

    as_of_dates as (
        select
            date_day as as_of_date,
            max(case when has_slices then 1 else 0 end) = 1 as has_slices
        from wanted
        {% if var("newest_date_only") %}
            where date_day = (select last_day from bounds)
        {% endif %}
        group by date_day
    )

select *
from as_of_dates

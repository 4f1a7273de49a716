-- one row per month, asset class and whether it is overdue, on the newest as-of date
with
    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    class_policy as (select * from {{ ref("stg_policy__class_policy") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    usd_rates as (
        select *
        from {{ ref("int_money__daily_rates") }}
        where rate_type = 'spot' and currency = 'USD'
    ),

    ending as (
        select
            newest.as_of_date,
            ages.end_of_life_date <= newest.as_of_date as is_overdue,
            cast(
                {{
                    dbt.date_trunc(
                        "month",
                        "greatest(ages.end_of_life_date, newest.as_of_date)",
                    )
                }} as date
            ) as refresh_month,
            asset_rows.asset_class
        from {{ ref("int_assets__age_spans") }} as ages
        inner join
            newest
            on newest.as_of_date >= ages.valid_from
            and newest.as_of_date < ages.valid_to
        inner join
            {{ ref("int_assets__rows") }} as asset_rows
            on asset_rows.row_id = ages.row_id
        where
            ages.start_date <= newest.as_of_date
            and ages.end_of_life_date <= {{ add_months("newest.as_of_date", 24) }}
    ),

    counted as (
        select
            as_of_date, refresh_month, is_overdue, asset_class, count(*) as asset_count
        from ending
        group by as_of_date, refresh_month, is_overdue, asset_class
    ),

    mart_refresh_wave as (
        select
            counted.as_of_date,
            counted.refresh_month,
            counted.asset_class,
            counted.is_overdue,
            counted.asset_count,
            cast(
                round(
                    counted.asset_count
                    *
                    {{ to_base("class_policy.replacement_cost_usd", "usd_rates.rate") }},
                    2
                ) as decimal(38, 2)
            ) as replacement_amount,
            upper(policy.base_currency) as currency
        from counted
        cross join policy
        left join class_policy on class_policy.asset_class = counted.asset_class
        left join usd_rates on usd_rates.date_day = counted.as_of_date
    )

select *
from mart_refresh_wave

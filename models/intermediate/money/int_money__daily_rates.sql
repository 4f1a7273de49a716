-- one row per currency, rate type and day with a rate to the base currency
with
    rates as (select * from {{ ref("int_money__rates") }}),

    bounds as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    numbers as ({{ dbt.generate_series(32768) }}),

    -- two years ahead of the newest as-of date (budgets), some ninety years in all
    days as (
        select
            {{ add_days("bounds.last_day", "(732 - numbers.generated_number)") }}
            as date_day
        from bounds
        cross join numbers
    ),

    currencies as (
        select currency, rate_type, min(valid_from) as first_day
        from rates
        group by currency, rate_type
    ),

    -- the spans of a currency follow one another without a gap: the newest start is
    -- the one in force
    newest_starts as (
        select
            currencies.currency,
            currencies.rate_type,
            days.date_day,
            coalesce(
                max(rates.valid_from) over (
                    partition by currencies.currency, currencies.rate_type
                    order by days.date_day
                ),
                currencies.first_day
            ) as valid_from
        from currencies
        inner join days on days.date_day >= currencies.first_day
        left join
            rates
            on rates.currency = currencies.currency
            and rates.rate_type = currencies.rate_type
            and rates.valid_from = days.date_day
    ),

    daily_rates as (
        select
            newest_starts.currency,
            newest_starts.rate_type,
            newest_starts.date_day,
            rates.rate
        from newest_starts
        inner join
            rates
            on rates.currency = newest_starts.currency
            and rates.rate_type = newest_starts.rate_type
            and rates.valid_from = newest_starts.valid_from
    )

select *
from daily_rates

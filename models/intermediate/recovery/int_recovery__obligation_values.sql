-- one row per recovery KPI, obligation that is due and open, and as-of date
-- long: two values at two rates, and the greater of them
with
    obligations as (
        select * from {{ ref("int_recovery__obligation_spans") }} where not is_returned
    ),

    catalog as (
        select *
        from {{ ref("stg_policy__kpi_definitions") }}
        where kpi_id in ('asset_recovery_rate', 'asset_recovery_on_time_rate')
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    class_policy as (select * from {{ ref("stg_policy__class_policy") }}),

    book_spans as (select * from {{ ref("int_assets__book_spans") }}),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    as_of_dates as (
        select
            as_of_date,
            coalesce(
                lead(as_of_date) over (order by as_of_date), {{ far_future() }}
            ) as next_date
        from {{ ref("int_calendar__as_of_dates") }}
    ),

    due as (
        select
            catalog.kpi_id,
            obligations.*,
            asset_rows.asset_class,
            as_of_dates.as_of_date,
            as_of_dates.next_date
        from obligations
        cross join catalog
        inner join asset_rows on asset_rows.row_id = obligations.asset_row_id
        inner join
            as_of_dates
            on as_of_dates.as_of_date >= obligations.valid_from
            and as_of_dates.as_of_date < obligations.valid_to
            and as_of_dates.as_of_date
            < {{ add_days("obligations.due_date", "catalog.window_days") }}
    ),

    valued as (
        select
            due.*,
            {{ to_base("book_spans.net_book_value", "book_rates.rate") }} as book_value,
            {{
                to_base(
                    "class_policy.replacement_cost_usd * policy.unreturned_value_fraction",
                    "usd_rates.rate",
                    scale=8,
                )
            }}
            as replacement_value
        from due
        cross join policy
        left join class_policy on class_policy.asset_class = due.asset_class
        left join
            book_spans
            on book_spans.asset_key = due.asset_key
            and book_spans.valid_from <= due.as_of_date
            and book_spans.valid_to > due.as_of_date
        left join
            rates as book_rates
            on book_rates.currency = book_spans.currency
            and book_rates.date_day = due.as_of_date
        left join
            rates as usd_rates
            on usd_rates.currency = 'USD'
            and usd_rates.date_day = due.as_of_date
    ),

    obligation_values as (
        select
            kpi_id,
            concat_ws(
                '',
                source_system,
                '|',
                {{ pseudonym("person_id") }},
                '|',
                cast(spell_no as string),
                '|',
                asset_key
            ) as obligation_key,
            asset_key,
            asset_row_id,
            greatest(coalesce(book_value, 0), coalesce(replacement_value, 0)) as amount,
            upper(policy.base_currency) as currency,
            as_of_date as valid_from,
            next_date as valid_to
        from valued
        cross join policy
    )

select *
from obligation_values

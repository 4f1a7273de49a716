-- one row per register row version and span of days with one purchase cost in the
-- base currency
with
    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    as_of_dates as (
        select
            as_of_date as valid_from,
            coalesce(
                lead(as_of_date) over (order by as_of_date), {{ far_future() }}
            ) as valid_to
        from {{ ref("int_calendar__as_of_dates") }}
    ),

    bounds as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    -- a lease has no purchase: its payments are running cost
    purchases as (
        select
            row_id,
            case when ownership <> 'leased' then purchase_cost end as purchase_cost,
            currency,
            coalesce(purchase_date, in_service_date) as purchased_on
        from asset_rows
    ),

    dated as (
        select
            purchases.row_id,
            {{ to_base("purchases.purchase_cost", "rates.rate") }} as purchase_amount,
            date '0001-01-01' as valid_from,
            {{ far_future() }} as valid_to
        from purchases
        cross join bounds
        left join
            rates
            on rates.currency = purchases.currency
            and rates.date_day = least(purchases.purchased_on, bounds.last_day)
        where purchases.purchased_on is not null or purchases.purchase_cost is null
    ),

    -- without a date the rate of the as-of date speaks
    undated as (
        select
            purchases.row_id,
            {{ to_base("purchases.purchase_cost", "rates.rate") }} as purchase_amount,
            as_of_dates.valid_from,
            as_of_dates.valid_to
        from purchases
        cross join as_of_dates
        left join
            rates
            on rates.currency = purchases.currency
            and rates.date_day = as_of_dates.valid_from
        where purchases.purchased_on is null and purchases.purchase_cost is not null
    ),

    asset_purchases as (
        select *
        from dated
        union all
        select *
        from undated
    )

select *
from asset_purchases

-- one row per product with a need, a right or an unconfirmed install, and as-of date
-- long: prices, needs and unconfirmed installs meet here
with
    positions as (
        select
            positions.*, rights_exact + rights_downgrade + rights_any_version as rights
        from {{ ref("int_licensing__positions") }} as positions
    ),

    entitlements as (
        select *
        from {{ ref("int_licensing__active_entitlements") }}
        where price_of_rights is not null
    ),

    as_of_dates as (select as_of_date from {{ ref("int_calendar__as_of_dates") }}),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    prices as (
        select
            entitlements.product_key,
            as_of_dates.as_of_date,
            sum({{ to_base("entitlements.price_of_rights", "rates.rate") }}) as price,
            sum(entitlements.rights) as priced_rights
        from entitlements
        inner join
            as_of_dates
            on as_of_dates.as_of_date >= entitlements.valid_from
            and as_of_dates.as_of_date < entitlements.valid_to
        inner join
            rates
            on rates.currency = entitlements.currency
            and rates.date_day = as_of_dates.as_of_date
        group by entitlements.product_key, as_of_dates.as_of_date
        having sum(entitlements.rights) > 0
    ),

    unconfirmed as (
        select product_key, 1 as installs, valid_from, valid_to
        from {{ ref("int_licensing__software_installs") }}
        where device_status <> 'confirmed'
    ),

    unconfirmed_counts as (
        {{ amounts_as_of("unconfirmed", ["product_key"], ["installs"]) }}
    ),

    keys as (
        select product_key, as_of_date
        from positions
        union
        select product_key, as_of_date
        from unconfirmed_counts
    ),

    counted as (
        select
            keys.product_key,
            keys.as_of_date,
            positions.metric,
            coalesce(positions.is_entitled, false) as is_entitled,
            positions.exclusion_reason,
            coalesce(positions.rights, 0) as rights,
            coalesce(positions.required, 0) as required,
            coalesce(positions.covered_rights, 0) as covered_rights,
            coalesce(positions.shortfall, 0) as shortfall,
            coalesce(positions.rights - positions.covered_rights, 0) as surplus,
            coalesce(positions.installs, 0) as installs,
            coalesce(positions.covered_installs, 0) as covered_installs,
            coalesce(unconfirmed_counts.installs, 0) as unconfirmed_installs,
            prices.price,
            prices.priced_rights
        from keys
        left join
            positions
            on positions.product_key = keys.product_key
            and positions.as_of_date = keys.as_of_date
        left join
            prices
            on prices.product_key = keys.product_key
            and prices.as_of_date = keys.as_of_date
        left join
            unconfirmed_counts
            on unconfirmed_counts.product_key = keys.product_key
            and unconfirmed_counts.as_of_date = keys.as_of_date
    ),

    position_costs as (
        select
            counted.*,
            {{ exact_quotient("price", "priced_rights") }} as unit_price,
            case
                when exclusion_reason is null and price is not null
                then {{ share_of("price", "shortfall", "priced_rights") }}
            end as true_up_cost,
            case
                when exclusion_reason is null and price is not null
                then {{ share_of("price", "surplus", "priced_rights") }}
            end as over_licensed_cost
        from counted
    )

select *
from position_costs

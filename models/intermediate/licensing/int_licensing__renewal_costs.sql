-- one row per product, as-of date and day on which a part of its yearly cost can end
-- long: an entitlement ends with itself, its maintenance or its contract
with
    entitlements as (select * from {{ ref("int_licensing__active_entitlements") }}),

    contracts as (select * from {{ ref("int_licensing__contract_terms") }}),

    as_of_dates as (select as_of_date from {{ ref("int_calendar__as_of_dates") }}),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    costs as (
        select
            entitlements.product_key,
            as_of_dates.as_of_date,
            entitlements.source_system,
            entitlements.contract_id,
            coalesce(
                entitlements.end_date,
                case
                    when entitlements.maintenance_end >= as_of_dates.as_of_date
                    then entitlements.maintenance_end
                end
            ) as own_end_date,
            {{ to_base("entitlements.annual_cost", "rates.rate") }} as annual_cost
        from entitlements
        inner join
            as_of_dates
            on as_of_dates.as_of_date >= entitlements.valid_from
            and as_of_dates.as_of_date < entitlements.valid_to
        inner join
            rates
            on rates.currency = entitlements.currency
            and rates.date_day = as_of_dates.as_of_date
        where entitlements.annual_cost <> 0
    ),

    ended as (
        select
            costs.product_key,
            costs.as_of_date,
            coalesce(
                costs.own_end_date, own.term_end_date, sole.term_end_date
            ) as available_date,
            sum(costs.annual_cost) as annual_cost
        from costs
        left join
            contracts as own
            on own.as_of_date = costs.as_of_date
            and own.contract_id = costs.contract_id
            and own.source_system = costs.source_system
        left join
            contracts as sole
            on sole.as_of_date = costs.as_of_date
            and sole.contract_id = costs.contract_id
            and sole.is_sole
        group by 1, 2, 3
    ),

    renewal_costs as (
        select
            ended.*,
            sum(annual_cost) over (
                partition by product_key, as_of_date
            ) as annual_cost_of_product
        from ended
        where annual_cost > 0
    )

select *
from renewal_costs

-- one row per contract with entitlements and as-of date
with
    entitlements as (
        select *
        from {{ ref("int_licensing__active_entitlements") }}
        where contract_id is not null and annual_cost > 0
    ),

    contracts as (select * from {{ ref("int_licensing__contract_terms") }}),

    utilization as (
        select
            product_key,
            as_of_date,
            {{ exact_quotient("used_cost", "annual_cost") }} as used_share,
            {{ exact_quotient("shelf_cost", "annual_cost") }} as shelf_share
        from {{ ref("int_licensing__utilization") }}
        where is_measurable
    ),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    costs as (
        select
            contracts.source_system,
            contracts.contract_id,
            contracts.as_of_date,
            entitlements.product_key,
            sum({{ to_base("entitlements.annual_cost", "rates.rate") }}) as annual_cost
        from contracts
        inner join
            entitlements
            on entitlements.contract_id = contracts.contract_id
            and (
                entitlements.source_system = contracts.source_system
                or contracts.is_sole
            )
            and entitlements.valid_from <= contracts.as_of_date
            and entitlements.valid_to > contracts.as_of_date
        inner join
            rates
            on rates.currency = entitlements.currency
            and rates.date_day = contracts.as_of_date
        group by 1, 2, 3, 4
    ),

    contract_shelfware as (
        select
            costs.source_system,
            costs.contract_id,
            costs.as_of_date,
            sum(costs.annual_cost) as annual_cost,
            sum(
                case when utilization.product_key is not null then costs.annual_cost end
            ) as measurable_cost,
            sum(
                cast(costs.annual_cost * utilization.used_share as decimal(38, 12))
            ) as used_cost,
            sum(
                cast(costs.annual_cost * utilization.shelf_share as decimal(38, 12))
            ) as shelf_cost
        from costs
        left join
            utilization
            on utilization.product_key = costs.product_key
            and utilization.as_of_date = costs.as_of_date
        group by costs.source_system, costs.contract_id, costs.as_of_date
    )

select *
from contract_shelfware

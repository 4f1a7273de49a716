-- one row per product, as-of date and day on which a part of its yearly cost can end
-- long: an entitlement ends with itself, its maintenance or its contract
with
    entitlements as (select * from {{ ref("int_licensing__active_entitlements") }}),

    contracts as (select * from {{ ref("int_renewals__contracts") }}),

    contract_spans as (
        select row_id, source_system, contract_id, valid_from, valid_to
        from {{ state_of("stg_licensing__contract") }} as contract
    ),

    as_of_dates as (select as_of_date from {{ ref("int_calendar__as_of_dates") }}),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    -- the day from which a contract counts its years, when it does not simply end
    contracts_as_of as (
        select
            as_of_dates.as_of_date,
            contract_spans.source_system,
            contract_spans.contract_id,
            contracts.end_date,
            case
                when contracts.end_date is null
                then contracts.start_date
                when contracts.is_auto_renewed
                then contracts.end_date
            end as anniversary,
            count(*) over (
                partition by as_of_dates.as_of_date, contract_spans.contract_id
            )
            = 1 as is_sole
        from contract_spans
        inner join
            as_of_dates
            on as_of_dates.as_of_date >= contract_spans.valid_from
            and as_of_dates.as_of_date < contract_spans.valid_to
        inner join contracts on contracts.contract_row_id = contract_spans.row_id
    ),

    contract_ends as (
        select
            as_of_date,
            source_system,
            contract_id,
            is_sole,
            case
                when end_date >= as_of_date
                then end_date
                when anniversary > as_of_date
                then anniversary
                else
                    {{
                        add_months(
                            "anniversary",
                            "cast(12 + 12 * floor("
                            ~ completed_months("anniversary", "as_of_date")
                            ~ " / 12) as integer)",
                        )
                    }}
            end as contract_end_date
        from contracts_as_of
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
                costs.own_end_date, contract_ends.contract_end_date
            ) as available_date,
            sum(costs.annual_cost) as annual_cost
        from costs
        left join
            contract_ends
            on contract_ends.as_of_date = costs.as_of_date
            and contract_ends.contract_id = costs.contract_id
            and (
                contract_ends.source_system = costs.source_system
                or contract_ends.is_sole
            )
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

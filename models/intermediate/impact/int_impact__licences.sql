-- one row per KPI, entity, kind of money, day it is available, and as-of date as a span
-- long: what must be bought and what need not be paid
with
    positions as (
        select * from {{ ref("int_licensing__position_costs") }} where true_up_cost > 0
    ),

    idle_costs as (select * from {{ ref("int_licensing__idle_costs") }}),

    renewals as (select * from {{ ref("int_licensing__renewal_costs") }}),

    products as (select * from {{ ref("int_licensing__products") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    dates as ({{ dates_until_next() }}),

    exposures as (
        select
            kpis.kpi_id,
            'product' as entity_type,
            positions.product_key as entity_id,
            'not_cash' as kind,
            positions.true_up_cost as amount,
            cast(null as date) as available_date,
            positions.product_key,
            positions.as_of_date
        from positions
        cross join
            (
                select 'license_compliance_rate' as kpi_id
                union all
                select 'license_position_rate' as kpi_id
            ) as kpis
        where kpis.kpi_id = 'license_position_rate' or positions.installs > 0
    ),

    -- a year's cost ends when the entitlements behind it do, each with its share
    shares as (
        select
            idle_costs.kpi_id,
            idle_costs.entity_type,
            idle_costs.entity_id,
            idle_costs.product_key,
            idle_costs.as_of_date,
            idle_costs.free_share,
            renewals.available_date,
            case
                when renewals.annual_cost is null
                then idle_costs.amount
                else
                    {{
                        share_of(
                            "idle_costs.amount",
                            "renewals.annual_cost",
                            "renewals.annual_cost_of_product",
                        )
                    }}
            end as amount
        from idle_costs
        left join
            renewals
            on renewals.product_key = idle_costs.product_key
            and renewals.as_of_date = idle_costs.as_of_date
    ),

    savings as (
        select
            kpi_id,
            entity_type,
            entity_id,
            'at_renewal' as kind,
            {{ share_of("amount", "free_share", "1") }} as amount,
            available_date,
            product_key,
            as_of_date
        from shares
        where available_date is not null
        union all
        select
            kpi_id,
            entity_type,
            entity_id,
            'not_cash' as kind,
            sum(
                case
                    when available_date is null
                    then amount
                    else amount - {{ share_of("amount", "free_share", "1") }}
                end
            ) as amount,
            cast(null as date) as available_date,
            product_key,
            as_of_date
        from shares
        group by kpi_id, entity_type, entity_id, product_key, as_of_date
    ),

    amounts as (
        select *
        from exposures
        union all
        select *
        from savings
        -- surplus without a renewal is no exposure
        where kpi_id <> 'license_position_rate' or kind = 'at_renewal'
    ),

    impact__licences as (
        select
            amounts.kpi_id,
            amounts.entity_type,
            amounts.entity_id,
            amounts.kind,
            cast(amounts.amount as decimal(38, 12)) as amount,
            upper(policy.base_currency) as currency,
            amounts.available_date,
            amounts.as_of_date as valid_from,
            dates.next_date as valid_to,
            {%- for dimension in asset_dimensions() %}
                cast(null as string) as {{ dimension }},
            {%- endfor %}
            products.publisher,
            products.product_label as product,
            cast(null as string) as severity
        from amounts
        cross join policy
        inner join dates on dates.as_of_date = amounts.as_of_date
        inner join products on products.product_key = amounts.product_key
        where amounts.amount > 0
    )

select *
from impact__licences

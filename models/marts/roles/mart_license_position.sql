-- one row per product with a need, a right or an unconfirmed install, on the newest day
-- long: the position, its price and its evidence side by side
with
    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    positions as (
        select positions.*
        from {{ ref("int_licensing__position_costs") }} as positions
        inner join newest on newest.as_of_date = positions.as_of_date
    ),

    amounts as (
        select amounts.*
        from {{ ref("int_licensing__utilization") }} as amounts
        inner join newest on newest.as_of_date = amounts.as_of_date
    ),

    renewals as (
        select renewals.product_key, min(renewals.available_date) as next_renewal_date
        from {{ ref("int_licensing__renewal_costs") }} as renewals
        inner join newest on newest.as_of_date = renewals.as_of_date
        group by renewals.product_key
    ),

    evidence as (
        select
            entitlements.product_key,
            count(*) as entitlements,
            {{
                dbt.listagg(
                    "entitlements.entitlement_id",
                    "', '",
                    "order by entitlements.entitlement_id",
                )
            }} as entitlement_ids
        from {{ ref("int_licensing__active_entitlements") }} as entitlements
        inner join
            newest
            on newest.as_of_date >= entitlements.valid_from
            and newest.as_of_date < entitlements.valid_to
        group by entitlements.product_key
    ),

    products as (select * from {{ ref("int_licensing__products") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    mart_license_position as (
        select
            positions.product_key,
            positions.as_of_date,
            products.publisher,
            products.product,
            positions.metric,
            case
                when positions.exclusion_reason is not null
                then positions.exclusion_reason
                when positions.shortfall > 0 and not positions.is_entitled
                then 'unlicensed'
                when positions.shortfall > 0
                then 'shortfall'
                when positions.surplus > 0
                then 'surplus'
                when positions.required > 0
                then 'balanced'
                else 'no_need'
            end as position,
            products.is_denied,

            -- rights, in units of the metric
            cast(positions.rights as decimal(18, 4)) as owned_rights,
            {%- for amount in ["required", "covered_rights", "shortfall", "surplus"] %}
                cast(
                    case
                        when positions.exclusion_reason is null
                        then positions.{{ amount }}
                    end as decimal(18, 4)
                ) as {{ amount | replace("_rights", "") }}_rights,
            {%- endfor %}
            cast(
                case when amounts.is_measurable then amounts.used_rights end as decimal(
                    18, 4
                )
            ) as used_rights,

            -- the installs behind them
            cast(
                case
                    when positions.exclusion_reason is null then positions.installs
                end as bigint
            ) as licensable_installs,
            cast(
                case
                    when positions.exclusion_reason is not null
                    then null
                    when products.is_denied
                    then 0
                    else positions.covered_installs
                end as bigint
            ) as compliant_installs,
            cast(positions.unconfirmed_installs as bigint) as unconfirmed_installs,

            -- money
            cast(positions.unit_price as decimal(18, 4)) as unit_price,
            cast(positions.true_up_cost as decimal(18, 2)) as true_up_cost,
            cast(positions.over_licensed_cost as decimal(18, 2)) as over_licensed_cost,
            cast(amounts.annual_cost as decimal(18, 2)) as annual_cost,
            upper(policy.base_currency) as currency,
            renewals.next_renewal_date,

            -- evidence
            cast(coalesce(evidence.entitlements, 0) as bigint) as active_entitlements,
            evidence.entitlement_ids
        from positions
        cross join policy
        inner join products on products.product_key = positions.product_key
        left join amounts on amounts.product_key = positions.product_key
        left join renewals on renewals.product_key = positions.product_key
        left join evidence on evidence.product_key = positions.product_key
    )

select *
from mart_license_position

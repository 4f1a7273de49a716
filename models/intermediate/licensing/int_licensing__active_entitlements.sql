-- one row per version of an entitlement and days on which it is active (K14.3)
-- long: typing and dating in one place
with
    entitlements as (
        select * from {{ state_of("stg_licensing__entitlement") }} as entitlements
    ),

    statuses as (
        select * from {{ ref("int_policy__statuses") }} where feed = 'entitlement'
    ),

    metric_rules as (
        select metric_rule_id, lower(trim(metric_rule_id)) as rule_key
        from {{ ref("stg_policy__metric_rule") }}
    ),

    dated as (
        select
            entitlements.row_id,
            entitlements.source_system,
            entitlements.entitlement_id,
            {{ product_key("entitlements.publisher", "entitlements.product") }}
            as product_key,
            lower(nullif(trim(entitlements.version), '')) as version_major,
            entitlements.license_type,
            case
                when entitlements.metric = 'named_device'
                then 'per_device'
                else entitlements.metric
            end as metric,
            metric_rules.metric_rule_id,
            coalesce(entitlements.is_unlimited, false)
            or entitlements.metric = 'unlimited' as is_unlimited,
            coalesce(entitlements.downgrade_allowed, false) as is_downgrade_allowed,
            entitlements.maintenance_end,
            cast(
                cast(entitlements.quantity as decimal(18, 4)) * cast(
                    coalesce(entitlements.rights_per_pack, 1) as decimal(18, 4)
                ) as decimal(38, 8)
            ) as rights,
            cast(
                coalesce(
                    entitlements.annual_cost,
                    case
                        when
                            entitlements.license_type in ('subscription', 'maintenance')
                        then
                            cast(entitlements.unit_cost as decimal(18, 4))
                            * cast(entitlements.quantity as decimal(18, 4))
                    end,
                    0
                ) as decimal(38, 8)
            ) as annual_cost,
            -- what the rights were bought for, where their price is known
            cast(
                case
                    when entitlements.license_type = 'maintenance'
                    then null
                    when entitlements.unit_cost is not null
                    then
                        cast(entitlements.unit_cost as decimal(18, 4))
                        * cast(entitlements.quantity as decimal(18, 4))
                    when entitlements.license_type = 'subscription'
                    then entitlements.annual_cost
                end as decimal(38, 8)
            ) as price_of_rights,
            upper(trim(entitlements.currency)) as currency,
            nullif(trim(entitlements.contract_id), '') as contract_id,
            entitlements.end_date,
            greatest(entitlements.valid_from, entitlements.start_date) as valid_from,
            least(
                entitlements.valid_to,
                coalesce({{ add_days("entitlements.end_date", 1) }}, {{ far_future() }})
            ) as valid_to
        from entitlements
        inner join
            statuses
            on statuses.source_system = entitlements.source_system
            and statuses.raw_status = lower(trim(coalesce(entitlements.status, '')))
        left join
            metric_rules
            on metric_rules.rule_key = lower(trim(entitlements.metric_rule_id))
        where statuses.canonical_status = 'active'
    ),

    active_entitlements as (select * from dated where valid_from < valid_to)

select *
from active_entitlements

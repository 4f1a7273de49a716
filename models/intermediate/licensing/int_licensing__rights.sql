-- one row per active entitlement and days on which its rights fit the same versions (K14.3, K14.5)
with
    entitlements as (
        select * from {{ state_of("stg_licensing__entitlement") }} as entitlements
    ),

    statuses as (
        select * from {{ ref("int_policy__statuses") }} where feed = 'entitlement'
    ),

    metric_rules as (select * from {{ ref("stg_policy__metric_rule") }}),

    active as (
        select
            entitlements.row_id,
            entitlements.source_system,
            entitlements.entitlement_id,
            {{ product_key("entitlements.publisher", "entitlements.product") }} as product_key,
            lower(nullif(trim(entitlements.version), '')) as version_major,
            entitlements.license_type,
            case
                when entitlements.metric = 'named_device' then 'per_device' else entitlements.metric
            end as metric,
            metric_rules.metric_rule_id,
            coalesce(entitlements.is_unlimited, false)
            or entitlements.metric = 'unlimited' as is_unlimited,
            coalesce(entitlements.downgrade_allowed, false) as is_downgrade_allowed,
            cast(entitlements.quantity as decimal(18, 4))
            * cast(coalesce(entitlements.rights_per_pack, 1) as decimal(18, 4)) as rights,
            -- the first day without the maintenance that opens every version
            case
                when
                    entitlements.license_type = 'subscription'
                    or nullif(trim(entitlements.version), '') is null
                then {{ far_future() }}
                else
                    coalesce(
                        {{ add_days("entitlements.maintenance_end", 1) }}, date '1900-01-01'
                    )
            end as any_version_until,
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
            on lower(trim(metric_rules.metric_rule_id))
            = lower(trim(entitlements.metric_rule_id))
        where
            statuses.canonical_status = 'active'
            and entitlements.license_type <> 'maintenance'
    ),

    pieces as (
        select
            active.*,
            'any_version' as right_kind,
            valid_from as piece_from,
            least(valid_to, any_version_until) as piece_to
        from active
        union all
        select
            active.*,
            case when is_downgrade_allowed then 'downgrade' else 'exact' end as right_kind,
            greatest(valid_from, any_version_until) as piece_from,
            valid_to as piece_to
        from active
    ),

    rights as (
        select
            row_id,
            source_system,
            entitlement_id,
            product_key,
            case when right_kind = 'any_version' then null else version_major end as version_major,
            version_major as entitled_version,
            license_type,
            metric,
            metric_rule_id,
            is_unlimited,
            right_kind,
            cast(rights as decimal(38, 8)) as rights,
            piece_from as valid_from,
            piece_to as valid_to
        from pieces
        where piece_from < piece_to
    )

select *
from rights

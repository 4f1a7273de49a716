-- one row per active entitlement and days of equal right (K14.3, K14.5)
with
    entitlements as (
        select *
        from {{ ref("int_licensing__active_entitlements") }}
        where license_type <> 'maintenance'
    ),

    -- the first day without what opens every version: a subscription, no version at
    -- all,
    -- maintenance
    opened as (
        select
            entitlements.*,
            case
                when license_type = 'subscription' or version_major is null
                then {{ far_future() }}
                else coalesce({{ add_days("maintenance_end", 1) }}, date '1900-01-01')
            end as any_version_until
        from entitlements
    ),

    pieces as (
        select
            row_id,
            'any_version' as right_kind,
            valid_from,
            least(valid_to, any_version_until) as valid_to
        from opened
        union all
        select
            row_id,
            case
                when is_downgrade_allowed then 'downgrade' else 'exact'
            end as right_kind,
            greatest(valid_from, any_version_until) as valid_from,
            valid_to
        from opened
    ),

    rights as (
        select
            entitlements.row_id,
            entitlements.source_system,
            entitlements.entitlement_id,
            entitlements.product_key,
            pieces.right_kind,
            case
                when pieces.right_kind <> 'any_version' then entitlements.version_major
            end as version_major,
            entitlements.version_major as entitled_version,
            entitlements.metric,
            entitlements.metric_rule_id,
            entitlements.is_unlimited,
            entitlements.rights,
            greatest(pieces.valid_from, entitlements.valid_from) as valid_from,
            least(pieces.valid_to, entitlements.valid_to) as valid_to
        from pieces
        inner join
            entitlements
            on entitlements.row_id = pieces.row_id
            and entitlements.valid_from < pieces.valid_to
            and entitlements.valid_to > pieces.valid_from
        where pieces.valid_from < pieces.valid_to
    )

select *
from rights

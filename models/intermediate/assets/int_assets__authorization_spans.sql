-- one row per asset or unmatched device in use and span of days with the same standing
-- long: the members and each reason against them, side by side
with
    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    device_rows as (select * from {{ ref("int_devices__rows") }}),

    survivors as (select * from {{ ref("int_assets__survivor_spans") }}),

    discovered as (select * from {{ ref("int_devices__discovered_spans") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    denied as (
        select lower(trim(item_type)) as item_type, lower(trim(name)) as name
        from {{ ref("stg_policy__approved_catalog") }}
        where
            lower(trim(decision)) = 'deny'
            and lower(trim(item_type)) in ('os', 'model', 'class')
        group by 1, 2
    ),

    -- assets whose devices are denied: the discovered name equals the policy's or
    -- starts with it
    denied_devices as (
        select device_rows.row_id
        from device_rows
        inner join
            denied
            on (
                denied.item_type = 'os'
                and lower(trim(device_rows.os_name))
                like concat_ws('', denied.name, '%')
            )
            or (denied.item_type = 'model' and lower(device_rows.model) = denied.name)
            or (denied.item_type = 'class' and device_rows.device_class = denied.name)
        group by device_rows.row_id
    ),

    denied_assets as (
        select asset_rows.row_id
        from asset_rows
        inner join
            denied
            on (
                denied.item_type = 'model'
                and denied.name in (
                    lower(asset_rows.model),
                    lower(concat_ws('', asset_rows.manufacturer, ' ', asset_rows.model))
                )
            )
            or (denied.item_type = 'class' and asset_rows.asset_class = denied.name)
        group by asset_rows.row_id
    ),

    first_seen as (
        select
            asset_spans.asset_key,
            cast(device_rows.first_seen_at as date) as first_seen_on,
            greatest(asset_spans.valid_from, device_spans.valid_from) as valid_from,
            least(asset_spans.valid_to, device_spans.valid_to) as valid_to
        from {{ ref("int_devices__asset_spans") }} as asset_spans
        inner join
            {{ ref("int_devices__spans") }} as device_spans
            on device_spans.device_key = asset_spans.device_key
            and device_spans.valid_from < asset_spans.valid_to
            and device_spans.valid_to > asset_spans.valid_from
        inner join device_rows on device_rows.row_id = device_spans.row_id
        inner join
            asset_rows
            on asset_rows.row_id = asset_spans.asset_row_id
            and not asset_rows.approved
        where device_rows.first_seen_at is not null
    ),

    parts as (
        select
            survivors.asset_key,
            survivors.row_id,
            case
                when
                    asset_rows.is_in_scope
                    and asset_rows.canonical_status = 'deployed'
                    and not asset_rows.is_byod
                then 1
                else 0
            end as in_use,
            0 as discovered,
            0 as dated,
            0 as known_for_long,
            case when denied_assets.row_id is not null then 1 else 0 end as denied,
            survivors.valid_from,
            survivors.valid_to
        from survivors
        inner join asset_rows on asset_rows.row_id = survivors.row_id
        left join denied_assets on denied_assets.row_id = survivors.row_id
        union all
        select
            discovered.asset_key,
            0 as row_id,
            0 as in_use,
            1 as discovered,
            0 as dated,
            0 as known_for_long,
            case when denied_devices.row_id is not null then 1 else 0 end as denied,
            discovered.valid_from,
            discovered.valid_to
        from discovered
        left join denied_devices on denied_devices.row_id = discovered.row_id
        where discovered.asset_key is not null
        union all
        -- what appeared lately may still be waiting for its approval; what one of its
        -- rows has known for longer did not appear lately
        select
            asset_key,
            0 as row_id,
            0 as in_use,
            0 as discovered,
            1 as dated,
            0 as known_for_long,
            0 as denied,
            valid_from,
            valid_to
        from first_seen
        union all
        select
            first_seen.asset_key,
            0 as row_id,
            0 as in_use,
            0 as discovered,
            0 as dated,
            1 as known_for_long,
            0 as denied,
            greatest(
                first_seen.valid_from,
                {{ add_days("first_seen.first_seen_on", "policy.approval_grace_days") }}
            ) as valid_from,
            first_seen.valid_to
        from first_seen
        cross join policy
    ),

    swept as (
        {{
            sweep(
                "parts",
                ["asset_key"],
                [
                    "row_id",
                    "in_use",
                    "discovered",
                    "dated",
                    "known_for_long",
                    "denied",
                ],
                "row_id > 0 and (in_use > 0 or discovered > 0)",
            )
        }}
    ),

    authorization_spans as (
        select
            swept.asset_key as entity_key,
            'asset' as entity_type,
            swept.valid_from,
            swept.valid_to,
            case
                when asset_rows.canonical_status in ('retired', 'disposed', 'missing')
                then 'not_in_service'
                when asset_rows.is_byod and not coalesce(asset_rows.approved, false)
                then 'byod_not_approved'
                when
                    not coalesce(asset_rows.approved, true)
                    and (swept.dated = 0 or swept.known_for_long > 0)
                then 'not_approved'
                when swept.denied > 0
                then 'denied'
            end as reason_code,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from swept
        inner join asset_rows on asset_rows.row_id = swept.row_id
        union all
        select
            device_key as entity_key,
            'device' as entity_type,
            valid_from,
            valid_to,
            'not_in_register' as reason_code,
            asset_class,
            department,
            cost_center,
            location,
            manufacturer
        from discovered
        where asset_key is null
    )

select *
from authorization_spans

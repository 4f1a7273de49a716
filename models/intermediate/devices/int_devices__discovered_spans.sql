-- one row per device in scope and span of days on which it was seen in the last 30,
-- long: four kinds of spans in one sweep
-- with its rows of these days
with
    device_rows as (select * from {{ ref("int_devices__rows") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    parts as (
        select
            device_key,
            row_id,
            0 as asset_row_id,
            0 as seen,
            0 as confirmed,
            valid_from,
            valid_to
        from {{ ref("int_devices__survivor_spans") }}
        union all
        select
            device_key,
            0 as row_id,
            asset_row_id,
            0 as seen,
            0 as confirmed,
            valid_from,
            valid_to
        from {{ ref("int_devices__asset_spans") }}
        union all
        select
            device_key,
            0 as row_id,
            0 as asset_row_id,
            1 as seen,
            0 as confirmed,
            valid_from,
            valid_to
        from {{ ref("int_devices__seen_spans") }}
        where window_days = 30
        union all
        select
            device_key,
            0 as row_id,
            0 as asset_row_id,
            0 as seen,
            1 as confirmed,
            valid_from,
            valid_to
        from {{ ref("int_devices__confirmed_spans") }}
    ),

    seen as (
        {{
            sweep(
                "parts",
                ["device_key"],
                ["row_id", "asset_row_id", "seen", "confirmed"],
                "row_id > 0 and seen > 0",
            )
        }}
    ),

    discovered_spans as (
        select
            seen.device_key,
            seen.row_id,
            nullif(seen.asset_row_id, 0) as asset_row_id,
            asset_rows.asset_key,
            seen.confirmed > 0 as is_confirmed,
            coalesce(device_rows.ownership, 'unknown') as ownership,
            seen.valid_from,
            seen.valid_to,
            coalesce(asset_rows.asset_class, device_rows.device_class) as asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from seen
        inner join device_rows on device_rows.row_id = seen.row_id
        left join asset_rows on asset_rows.row_id = seen.asset_row_id
        where
            not device_rows.is_virtual
            and coalesce(device_rows.network_zone, 'corp')
            not in ('guest', 'ot', 'cloud')
            and case
                when device_rows.device_class is null
                then coalesce(asset_rows.is_in_scope, true)
                else device_rows.is_class_in_scope
            end
    )

select *
from discovered_spans

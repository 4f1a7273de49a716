-- one row per device and days on which it stands in the same slices
-- long: a device's own words, and its asset's where it has one
with
    parts as (
        select
            device_key,
            row_id as device_row_id,
            cast(0 as bigint) as asset_row_id,
            valid_from,
            valid_to
        from {{ ref("int_devices__survivor_spans") }}
        union all
        select
            device_key,
            cast(0 as bigint) as device_row_id,
            asset_row_id,
            valid_from,
            valid_to
        from {{ ref("int_devices__asset_spans") }}
    ),

    swept as (
        {{
            sweep(
                "parts",
                ["device_key"],
                ["device_row_id", "asset_row_id"],
                "device_row_id > 0",
            )
        }}
    ),

    placed as (
        select
            swept.device_key,
            coalesce(
                assets.asset_class, devices.device_class, '(unassigned)'
            ) as asset_class,
            coalesce(assets.department, '(unassigned)') as department,
            coalesce(assets.cost_center, '(unassigned)') as cost_center,
            coalesce(assets.location, '(unassigned)') as location,
            coalesce(
                assets.manufacturer, devices.manufacturer, '(unassigned)'
            ) as manufacturer,
            swept.valid_from,
            swept.valid_to
        from swept
        inner join
            {{ ref("int_devices__rows") }} as devices
            on devices.row_id = swept.device_row_id
        left join
            {{ ref("int_assets__rows") }} as assets
            on assets.row_id = swept.asset_row_id
    ),

    device_places as ({{ merge_spans("placed", ["device_key"] + asset_dimensions()) }})

select *
from device_places

-- one row per device and span of days on which its serial number leads to one asset
-- long: exact and loose serial numbers exclude each other and stand together
with
    devices as (
        select
            survivors.device_key,
            device_rows.serial,
            device_rows.manufacturer_key,
            survivors.valid_from,
            survivors.valid_to
        from {{ ref("int_devices__survivor_spans") }} as survivors
        inner join
            {{ ref("int_devices__rows") }} as device_rows
            on device_rows.row_id = survivors.row_id
        where device_rows.serial is not null
    ),

    assets as (
        select
            survivors.asset_key,
            survivors.row_id,
            asset_rows.serial,
            asset_rows.manufacturer_key,
            survivors.valid_from,
            survivors.valid_to
        from {{ ref("int_assets__survivor_spans") }} as survivors
        inner join
            {{ ref("int_assets__rows") }} as asset_rows
            on asset_rows.row_id = survivors.row_id
        where asset_rows.serial is not null
    ),

    -- where one side does not name the manufacturer, the serial alone must be one
    -- asset's
    loose_serials as (
        select serial
        from devices
        where manufacturer_key is null
        union
        select serial
        from assets
        where manufacturer_key is null
    ),

    loose_assets as (
        select
            assets.serial,
            assets.row_id,
            1 as assets_named,
            assets.valid_from,
            assets.valid_to
        from assets
        inner join loose_serials on loose_serials.serial = assets.serial
    ),

    lone_serials as (
        {{
            sweep(
                "loose_assets",
                ["serial"],
                ["row_id", "assets_named"],
                "assets_named = 1",
            )
        }}
    ),

    matches as (
        select
            devices.device_key,
            assets.asset_key,
            greatest(devices.valid_from, assets.valid_from) as valid_from,
            least(devices.valid_to, assets.valid_to) as valid_to
        from devices
        inner join
            assets
            on assets.asset_key = devices.device_key
            and assets.valid_from < devices.valid_to
            and assets.valid_to > devices.valid_from
        union all
        select
            devices.device_key,
            assets.asset_key,
            greatest(devices.valid_from, lone_serials.valid_from) as valid_from,
            least(devices.valid_to, lone_serials.valid_to) as valid_to
        from devices
        inner join
            lone_serials
            on lone_serials.serial = devices.serial
            and lone_serials.valid_from < devices.valid_to
            and lone_serials.valid_to > devices.valid_from
        inner join
            {{ ref("int_assets__rows") }} as assets
            on assets.row_id = lone_serials.row_id
        where devices.manufacturer_key is null or assets.manufacturer_key is null
    ),

    serial_match_spans as ({{ merge_spans("matches", ["device_key", "asset_key"]) }})

select *
from serial_match_spans

-- one row per device and span of days on which it is one asset
-- long: the order of matching is one rule and reads as one
with
    serial_matches as (select * from {{ ref("int_devices__serial_match_spans") }}),

    unmatched as (
        select hostname, 1 as devices_named, valid_from, valid_to
        from {{ ref("int_devices__unmatched_spans") }}
        where hostname is not null
    ),

    -- no other unmatched device of any source has the name
    lone_names as (
        {{ sweep("unmatched", ["hostname"], ["devices_named"], "devices_named = 1") }}
    ),

    unique_names as (select * from {{ ref("int_devices__unique_name_spans") }}),

    asset_names as (
        select
            asset_rows.hostname,
            survivors.row_id,
            1 as assets_named,
            survivors.valid_from,
            survivors.valid_to
        from {{ ref("int_assets__survivor_spans") }} as survivors
        inner join
            {{ ref("int_assets__rows") }} as asset_rows
            on asset_rows.row_id = survivors.row_id
        where asset_rows.hostname <> ''
    ),

    lone_asset_names as (
        {{
            sweep(
                "asset_names",
                ["hostname"],
                ["row_id", "assets_named"],
                "assets_named = 1",
            )
        }}
    ),

    name_matches as (
        select
            unique_names.device_key,
            unique_names.hostname,
            unique_names.has_serial,
            assets.asset_key,
            assets.serial as asset_serial,
            greatest(
                unique_names.valid_from, lone_asset_names.valid_from
            ) as valid_from,
            least(unique_names.valid_to, lone_asset_names.valid_to) as valid_to
        from unique_names
        inner join
            lone_asset_names
            on lone_asset_names.hostname = unique_names.hostname
            and lone_asset_names.valid_from < unique_names.valid_to
            and lone_asset_names.valid_to > unique_names.valid_from
        inner join
            {{ ref("int_assets__rows") }} as assets
            on assets.row_id = lone_asset_names.row_id
    ),

    matches as (
        select device_key, asset_key, 'serial' as match_method, valid_from, valid_to
        from serial_matches
        union all
        -- a device without a serial joins the asset of its name
        select device_key, asset_key, 'hostname' as match_method, valid_from, valid_to
        from name_matches
        where not has_serial
        union all
        -- a device with one joins only an asset without, and only when nothing else
        -- has the name
        select
            name_matches.device_key,
            name_matches.asset_key,
            'hostname' as match_method,
            greatest(name_matches.valid_from, lone_names.valid_from) as valid_from,
            least(name_matches.valid_to, lone_names.valid_to) as valid_to
        from name_matches
        inner join
            lone_names
            on lone_names.hostname = name_matches.hostname
            and lone_names.valid_from < name_matches.valid_to
            and lone_names.valid_to > name_matches.valid_from
        where name_matches.has_serial and name_matches.asset_serial is null
    ),

    match_spans as (
        {{ merge_spans("matches", ["device_key", "asset_key", "match_method"]) }}
    )

select *
from match_spans

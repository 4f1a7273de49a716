-- one row per device and days with the same user (K14.4)
-- long: two ways to a user, in their order
with
    installs as (
        select device_key, min(valid_from) as valid_from, max(valid_to) as valid_to
        from {{ ref("int_licensing__licensable_installs") }}
        group by device_key
    ),

    seats as (
        select
            ids.device_key,
            min(ids.valid_from) as valid_from,
            max(ids.valid_to) as valid_to
        from {{ ref("stg_licensing__license_assignment") }} as assignments
        inner join
            {{ ref("int_devices__ids") }} as ids on ids.ref_id = assignments.device_id
        group by ids.device_key
    ),

    devices as (
        select device_key, min(valid_from) as valid_from, max(valid_to) as valid_to
        from
            (
                select *
                from installs
                union all
                select *
                from seats
            ) as wanted
        group by device_key
    ),

    owners as (
        select
            matches.device_key,
            trim(assets.assigned_person_id) as person_id,
            greatest(matches.valid_from, survivors.valid_from) as valid_from,
            least(matches.valid_to, survivors.valid_to) as valid_to
        from {{ ref("int_devices__match_spans") }} as matches
        inner join
            {{ ref("int_assets__survivor_spans") }} as survivors
            on survivors.asset_key = matches.asset_key
            and survivors.valid_from < matches.valid_to
            and survivors.valid_to > matches.valid_from
        inner join
            {{ ref("int_assets__rows") }} as assets on assets.row_id = survivors.row_id
        where trim(assets.assigned_person_id) <> ''
    ),

    user_refs as (
        select
            survivors.device_key,
            trim(device_rows.user_ref) as user_ref,
            survivors.valid_from,
            survivors.valid_to
        from {{ ref("int_devices__survivor_spans") }} as survivors
        inner join
            {{ ref("int_devices__rows") }} as device_rows
            on device_rows.row_id = survivors.row_id
        where trim(device_rows.user_ref) <> ''
    ),

    merged_refs as ({{ merge_spans("user_refs", ["device_key", "user_ref"]) }}),

    people as (select * from {{ ref("int_people__refs") }}),

    referred as (
        select
            merged_refs.device_key,
            people.person_id,
            greatest(merged_refs.valid_from, people.valid_from) as valid_from,
            least(merged_refs.valid_to, people.valid_to) as valid_to
        from merged_refs
        inner join
            people
            on people.ref = lower(merged_refs.user_ref)
            and people.valid_from < merged_refs.valid_to
            and people.valid_to > merged_refs.valid_from
    ),

    cuts as (
        select device_key, valid_from, valid_to
        from devices
        union all
        select owners.device_key, owners.valid_from, owners.valid_to
        from owners
        inner join devices on devices.device_key = owners.device_key
        union all
        select referred.device_key, referred.valid_from, referred.valid_to
        from referred
        inner join devices on devices.device_key = referred.device_key
    ),

    pieces as ({{ cut_spans("cuts", ["device_key"]) }}),

    resolved as (
        select
            pieces.device_key,
            pieces.valid_from,
            pieces.valid_to,
            coalesce(
                'person:' || min(owners.person_id),
                'person:' || min(referred.person_id),
                'device:' || pieces.device_key
            ) as user_key
        from pieces
        left join
            owners
            on owners.device_key = pieces.device_key
            and owners.valid_from <= pieces.valid_from
            and owners.valid_to >= pieces.valid_to
        left join
            referred
            on referred.device_key = pieces.device_key
            and referred.valid_from <= pieces.valid_from
            and referred.valid_to >= pieces.valid_to
        group by pieces.device_key, pieces.valid_from, pieces.valid_to
    ),

    device_users as ({{ merge_spans("resolved", ["device_key", "user_key"]) }})

select *
from device_users

-- one row per ended spell (version) and asset that the person had on the trigger day,
-- long: the register's word and the inferred one, side by side
-- with what proved it
with
    spell_ends as (select * from {{ ref("int_recovery__spell_ends") }}),

    survivors as (select * from {{ ref("int_assets__survivor_spans") }}),

    owing_rows as (
        select *
        from {{ ref("int_assets__rows") }}
        where
            is_in_scope
            and not is_byod
            and not coalesce(is_shared_asset, false)
            and canonical_status in ('deployed', 'in_repair')
    ),

    device_users as (
        select
            devices.row_id,
            devices.source_system,
            spans.device_key,
            lower(trim(devices.user_ref)) as user_ref,
            spans.valid_from,
            spans.valid_to
        from {{ ref("int_devices__survivor_spans") }} as spans
        inner join
            {{ ref("int_devices__rows") }} as devices on devices.row_id = spans.row_id
        where devices.user_ref <> ''
    ),

    registered as (
        select
            spell_ends.person_row_id,
            survivors.asset_key,
            owing_rows.row_id as asset_row_id,
            'hardware_asset' as proof_feed,
            owing_rows.source_system as proof_source_system
        from spell_ends
        inner join owing_rows on owing_rows.assigned_person_id = spell_ends.person_id
        inner join
            survivors
            on survivors.row_id = owing_rows.row_id
            and survivors.valid_from <= spell_ends.trigger_date
            and survivors.valid_to > spell_ends.trigger_date
    ),

    -- nobody has it in the register, but the leaver used it
    inferred as (
        select
            spell_ends.person_row_id,
            survivors.asset_key,
            owing_rows.row_id as asset_row_id,
            'device_discovery' as proof_feed,
            min(device_users.source_system) as proof_source_system
        from spell_ends
        inner join
            {{ ref("int_people__refs") }} as refs
            on refs.person_id = spell_ends.person_id
            and refs.valid_from <= spell_ends.trigger_date
            and refs.valid_to > spell_ends.trigger_date
        inner join
            device_users
            on device_users.user_ref = refs.ref
            and device_users.valid_from <= spell_ends.trigger_date
            and device_users.valid_to > spell_ends.trigger_date
        inner join
            {{ ref("int_devices__match_spans") }} as matches
            on matches.device_key = device_users.device_key
            and matches.valid_from <= spell_ends.trigger_date
            and matches.valid_to > spell_ends.trigger_date
        inner join
            survivors
            on survivors.asset_key = matches.asset_key
            and survivors.valid_from <= spell_ends.trigger_date
            and survivors.valid_to > spell_ends.trigger_date
        inner join owing_rows on owing_rows.row_id = survivors.row_id
        where
            owing_rows.assigned_person_id is null
            and owing_rows.canonical_status = 'deployed'
        group by 1, 2, 3
    ),

    recovery__assignments as (
        select *
        from registered
        union all
        select *
        from inferred
    )

select *
from recovery__assignments

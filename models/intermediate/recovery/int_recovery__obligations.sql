-- one row per ended spell (version) and asset to give back: when it is due, and when
-- long: the ways an asset comes back, side by side
-- it came back
with
    spell_ends as (select * from {{ ref("int_recovery__spell_ends") }}),

    assignments as (select * from {{ ref("int_recovery__assignments") }}),

    deliveries as (select * from {{ ref("int_feeds__deliveries") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    asset_ids as (
        select * from {{ ref("int_assets__ids") }} where ref_kind = 'asset_id'
    ),

    events as (
        select *
        from {{ ref("stg_cmdb__asset_event") }}
        where event_type in ('checkin', 'receive', 'transfer', 'checkout')
    ),

    -- the delivery that proved the assignment: the newest of its source on the
    -- trigger day
    proved as (
        select
            spell_ends.person_row_id,
            spell_ends.person_id,
            spell_ends.trigger_date,
            assignments.asset_key,
            assignments.asset_row_id,
            assignments.proof_feed,
            max(deliveries.extracted_at) as proved_at
        from assignments
        inner join spell_ends on spell_ends.person_row_id = assignments.person_row_id
        inner join
            deliveries
            on deliveries.feed = assignments.proof_feed
            and deliveries.source_system = assignments.proof_source_system
            and cast(deliveries.extracted_at as date) <= spell_ends.trigger_date
        group by 1, 2, 3, 4, 5, 6
    ),

    -- back at the store, or with somebody else
    returns as (
        select proved.person_row_id, proved.asset_key, events.event_at as returned_at
        from proved
        inner join asset_ids on asset_ids.asset_key = proved.asset_key
        inner join
            events
            on events.asset_id = asset_ids.ref_id
            and (events.source_system = asset_ids.source_system or asset_ids.is_sole)
            and events.event_at > proved.proved_at
        where
            events.event_type in ('checkin', 'receive')
            or events.to_person_id <> proved.person_id
        union all
        select
            proved.person_row_id,
            proved.asset_key,
            asset_rows.extracted_at as returned_at
        from proved
        inner join
            asset_rows
            on asset_rows.asset_key = proved.asset_key
            and asset_rows.extracted_at > proved.proved_at
            and cast(asset_rows.extracted_at as date) > proved.trigger_date
        where
            asset_rows.canonical_status = 'in_stock'
            or asset_rows.assigned_person_id <> proved.person_id
    ),

    first_returns as (
        select person_row_id, asset_key, min(returned_at) as returned_at
        from returns
        group by person_row_id, asset_key
    ),

    recovery__obligations as (
        select
            proved.person_row_id,
            proved.asset_key,
            proved.asset_row_id,
            spell_ends.source_system,
            spell_ends.person_id,
            spell_ends.spell_no,
            spell_ends.is_remote,
            proved.proof_feed = 'device_discovery' as is_inferred,
            spell_ends.trigger_date,
            spell_ends.known_date,
            spell_ends.due_date,
            proved.proved_at,
            first_returns.returned_at,
            spell_ends.valid_from,
            spell_ends.valid_to
        from proved
        inner join spell_ends on spell_ends.person_row_id = proved.person_row_id
        left join
            first_returns
            on first_returns.person_row_id = proved.person_row_id
            and first_returns.asset_key = proved.asset_key
    )

select *
from recovery__obligations

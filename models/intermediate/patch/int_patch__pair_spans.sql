-- one row per device, patch and span of days with one state: of two agents the one
-- that checked last
with
    statuses as (select * from {{ state_of("stg_patch__patch_status") }}),

    device_ids as (select * from {{ ref("int_devices__ids") }}),

    pairs as (
        select
            device_ids.device_key,
            statuses.patch_id,
            statuses.row_id,
            statuses.source_system,
            statuses.device_id,
            concat_ws('', statuses.source_system, '|', statuses.device_id) as agent,
            greatest(statuses.valid_from, device_ids.valid_from) as valid_from,
            least(statuses.valid_to, device_ids.valid_to) as valid_to
        from statuses
        inner join
            device_ids
            on device_ids.ref_id = statuses.device_id
            and (
                device_ids.source_system = statuses.source_system or device_ids.is_sole
            )
            and device_ids.valid_from < statuses.valid_to
            and device_ids.valid_to > statuses.valid_from
    ),

    shared_devices as (
        select device_key
        from pairs
        group by device_key
        having count(distinct agent) > 1
    ),

    lone_pairs as (
        select
            pairs.device_key,
            pairs.patch_id,
            pairs.row_id,
            pairs.valid_from,
            pairs.valid_to
        from pairs
        left join shared_devices on shared_devices.device_key = pairs.device_key
        where shared_devices.device_key is null
    ),

    sightings as (select * from {{ state_of("stg_patch__patch_status_sightings") }}),

    -- only where two agents report it matters which of them checked last
    candidates as (
        select
            pairs.device_key,
            pairs.patch_id,
            pairs.row_id,
            pairs.agent,
            pairs.device_id,
            sightings.checked_at,
            greatest(pairs.valid_from, sightings.valid_from) as valid_from,
            least(pairs.valid_to, sightings.valid_to) as valid_to
        from pairs
        inner join shared_devices on shared_devices.device_key = pairs.device_key
        inner join
            sightings
            on sightings.source_system = pairs.source_system
            and sightings.device_id = pairs.device_id
            and coalesce(sightings.patch_id, pairs.patch_id) = pairs.patch_id
            and sightings.valid_from < pairs.valid_to
            and sightings.valid_to > pairs.valid_from
    ),

    chosen as (
        {{
            pick_best(
                "candidates",
                keys=["device_key", "patch_id"],
                owner="agent",
                order_by="rivals.checked_at desc nulls last, rivals.device_id, rivals.agent",
            )
        }}
    ),

    pair_spans as (
        select *
        from lone_pairs
        union all
        select device_key, patch_id, row_id, valid_from, valid_to
        from chosen
    )

select *
from pair_spans

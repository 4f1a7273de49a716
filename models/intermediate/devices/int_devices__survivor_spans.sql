-- one row per device and span of days on which one of its rows was seen last
with
    device_spans as (
        select
            spans.*,
            concat_ws('', spans.source_system, '|', spans.device_id) as discovery_id
        from {{ ref("int_devices__spans") }} as spans
    ),

    sightings as (select * from {{ ref("int_devices__sighting_spans") }}),

    shared_keys as (
        select device_key
        from device_spans
        group by device_key
        having count(distinct discovery_id) > 1
    ),

    -- only where several rows are one device does it matter when each was seen
    candidates as (
        select
            device_spans.device_key,
            device_spans.row_id,
            device_spans.device_id,
            device_spans.discovery_id,
            sightings.last_seen_at,
            greatest(device_spans.valid_from, sightings.valid_from) as valid_from,
            least(device_spans.valid_to, sightings.valid_to) as valid_to
        from device_spans
        inner join shared_keys on shared_keys.device_key = device_spans.device_key
        inner join
            sightings
            on sightings.source_system = device_spans.source_system
            and sightings.device_id = device_spans.device_id
            and sightings.valid_from < device_spans.valid_to
            and sightings.valid_to > device_spans.valid_from
        union all
        select
            device_spans.device_key,
            device_spans.row_id,
            device_spans.device_id,
            device_spans.discovery_id,
            cast(null as timestamp) as last_seen_at,
            device_spans.valid_from,
            device_spans.valid_to
        from device_spans
        left join shared_keys on shared_keys.device_key = device_spans.device_key
        where shared_keys.device_key is null
    ),

    survivor_spans as (
        {{
            pick_best(
                "candidates",
                keys=["device_key"],
                owner="discovery_id",
                order_by="rivals.last_seen_at desc nulls last, rivals.device_id, rivals.discovery_id",
            )
        }}
    )

select *
from survivor_spans

-- one row per discovered device_id and span of days with one observation
with
    sightings as (
        select * from {{ state_of("stg_discovery__device_discovery_sightings") }}
    ),

    key_spans as (select * from {{ ref("int_devices__key_spans") }}),

    sighting_spans as (
        select
            sightings.source_system,
            sightings.device_id,
            key_spans.device_key,
            sightings.last_seen_at,
            sightings.last_user_activity_at,
            sightings.cpu_p95_30d,
            greatest(sightings.valid_from, key_spans.valid_from) as valid_from,
            least(sightings.valid_to, key_spans.valid_to) as valid_to
        from sightings
        inner join
            key_spans
            on key_spans.source_system = sightings.source_system
            and key_spans.device_id = sightings.device_id
            and key_spans.valid_from < sightings.valid_to
            and key_spans.valid_to > sightings.valid_from
    )

select *
from sighting_spans

-- one row per device and span of days on which it has been seen on two dates, or on
-- long: the second date of a row, of two rows of one device, and of a source are
-- three cases
-- one while that is all there can be
with
    key_spans as (select * from {{ ref("int_devices__key_spans") }}),

    -- the logs, not the states: deliveries of one day count too
    observations as (
        select
            source_system,
            device_id,
            cast(extracted_at as date) as known_on,
            cast(last_seen_at as date) as seen_on
        from {{ ref("stg_discovery__device_discovery_sightings") }}
        union all
        select
            source_system,
            device_id,
            cast(extracted_at as date) as known_on,
            cast(first_seen_at as date) as seen_on
        from {{ ref("stg_discovery__device_discovery") }}
        where first_seen_at is not null
    ),

    first_known as (
        select source_system, device_id, min(known_on) as known_on
        from observations
        group by source_system, device_id
    ),

    first_seen as (
        select
            observations.source_system,
            observations.device_id,
            min(observations.seen_on) as seen_on
        from observations
        inner join
            first_known
            on first_known.source_system = observations.source_system
            and first_known.device_id = observations.device_id
            and first_known.known_on = observations.known_on
        group by observations.source_system, observations.device_id
    ),

    second_seen as (
        select
            observations.source_system,
            observations.device_id,
            min(observations.known_on) as known_on
        from observations
        inner join
            first_seen
            on first_seen.source_system = observations.source_system
            and first_seen.device_id = observations.device_id
            and first_seen.seen_on <> observations.seen_on
        group by observations.source_system, observations.device_id
    ),

    rows_of_devices as (
        select
            key_spans.*,
            first_seen.seen_on as first_seen_on,
            second_seen.known_on as second_seen_from
        from key_spans
        inner join
            first_seen
            on first_seen.source_system = key_spans.source_system
            and first_seen.device_id = key_spans.device_id
        left join
            second_seen
            on second_seen.source_system = key_spans.source_system
            and second_seen.device_id = key_spans.device_id
    ),

    -- a source can show a second date once it has delivered on a second day
    second_deliveries as (
        select source_system, min(delivered_on) as second_day
        from
            (
                select
                    source_system,
                    cast(extracted_at as date) as delivered_on,
                    min(cast(extracted_at as date)) over (
                        partition by source_system
                    ) as first_day
                from {{ source("landing", "deliveries") }}
                where feed = 'device_discovery' and status = 'accepted'
            ) as days
        where delivered_on > first_day
        group by source_system
    ),

    parts as (
        select
            device_key, 1 as present, 0 as confirmed, 0 as mature, valid_from, valid_to
        from key_spans
        union all
        select
            device_key,
            0 as present,
            1 as confirmed,
            0 as mature,
            greatest(valid_from, second_seen_from) as valid_from,
            valid_to
        from rows_of_devices
        where second_seen_from is not null
        union all
        -- two rows of one device that were first seen on two dates
        select
            earlier.device_key,
            0 as present,
            1 as confirmed,
            0 as mature,
            greatest(earlier.valid_from, later.valid_from) as valid_from,
            least(earlier.valid_to, later.valid_to) as valid_to
        from rows_of_devices as earlier
        inner join
            rows_of_devices as later
            on later.device_key = earlier.device_key
            and later.first_seen_on > earlier.first_seen_on
        union all
        select
            key_spans.device_key,
            0 as present,
            0 as confirmed,
            1 as mature,
            greatest(key_spans.valid_from, second_deliveries.second_day) as valid_from,
            key_spans.valid_to
        from key_spans
        inner join
            second_deliveries
            on second_deliveries.source_system = key_spans.source_system
    ),

    confirmed as (
        {{
            sweep(
                "parts",
                ["device_key"],
                ["present", "confirmed", "mature"],
                "present > 0 and (confirmed > 0 or mature = 0)",
            )
        }}
    ),

    confirmed_spans as ({{ merge_spans("confirmed", ["device_key"]) }})

select *
from confirmed_spans

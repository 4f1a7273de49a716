-- one row per discovered device_id and span of days with one observation
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    fct_device_sightings as (
        select
            sightings.device_key,
            sightings.source_system,
            sightings.device_id,
            sightings.valid_from,
            sightings.valid_to,
            sightings.last_seen_at,
            sightings.last_user_activity_at,
            sightings.cpu_p95_30d as cpu_p95_30d_pct
        from {{ ref("int_devices__sighting_spans") }} as sightings
        inner join calendar on sightings.valid_from <= calendar.last_day
    )

select *
from fct_device_sightings

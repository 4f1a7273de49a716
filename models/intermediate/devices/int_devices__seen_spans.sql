-- one row per device, window and uninterrupted span of days on which it counts as seen
with
    sightings as (select * from {{ ref("int_devices__sighting_spans") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    -- "the last 30 days" end after 29 more; "at or after D - 90 days" after 90 more
    windows as (
        select 30 as window_days, policy.activity_window_days as days_held
        from policy
        union all
        select 90 as window_days, policy.license_device_seen_days + 1 as days_held
        from policy
    ),

    held as (
        select
            sightings.device_key,
            windows.window_days,
            sightings.valid_from,
            least(
                sightings.valid_to,
                {{
                    add_days(
                        "cast(sightings.last_seen_at as date)", "windows.days_held"
                    )
                }}
            ) as valid_to
        from sightings
        cross join windows
    ),

    seen_spans as ({{ merge_spans("held", ["device_key", "window_days"]) }})

select *
from seen_spans

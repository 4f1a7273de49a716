-- one row per device, sign of activity and uninterrupted span of days on which it holds
with
    sightings as (select * from {{ ref("int_devices__sighting_spans") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    seen as (
        select device_key, valid_from, valid_to
        from {{ ref("int_devices__seen_spans") }}
        where window_days = 30
    ),

    -- a person's use is known where the tool reports it, and holds for the window
    signs as (
        select device_key, 'user_known' as sign, valid_from, valid_to
        from sightings
        where last_user_activity_at is not null
        union all
        select
            sightings.device_key,
            'user_active' as sign,
            sightings.valid_from,
            least(
                sightings.valid_to,
                {{
                    add_days(
                        "cast(sightings.last_user_activity_at as date)",
                        "policy.activity_window_days",
                    )
                }}
            ) as valid_to
        from sightings
        cross join policy
        where sightings.last_user_activity_at is not null
        union all
        select device_key, 'seen' as sign, valid_from, valid_to
        from seen
    ),

    -- the processor of the row seen last says whether a server works
    idle as (
        select
            survivors.device_key,
            greatest(survivors.valid_from, sightings.valid_from) as valid_from,
            least(survivors.valid_to, sightings.valid_to) as valid_to
        from sightings
        cross join policy
        inner join
            {{ ref("int_devices__survivor_spans") }} as survivors
            on survivors.device_key = sightings.device_key
            and survivors.valid_from < sightings.valid_to
            and survivors.valid_to > sightings.valid_from
        inner join
            {{ ref("int_devices__rows") }} as device_rows
            on device_rows.row_id = survivors.row_id
            and device_rows.source_system = sightings.source_system
            and device_rows.device_id = sightings.device_id
        where sightings.cpu_p95_30d < policy.idle_server_cpu_p95
    ),

    working_parts as (
        select device_key, 1 as seen, 0 as idle, valid_from, valid_to
        from seen
        union all
        select device_key, 0 as seen, 1 as idle, valid_from, valid_to
        from idle
    ),

    working as (
        {{
            sweep(
                "working_parts",
                ["device_key"],
                ["seen", "idle"],
                "seen > 0 and idle = 0",
            )
        }}
    ),

    all_signs as (
        select device_key, sign, valid_from, valid_to
        from signs
        union all
        select device_key, 'working' as sign, valid_from, valid_to
        from working
    ),

    activity_spans as ({{ merge_spans("all_signs", ["device_key", "sign"]) }})

select *
from activity_spans

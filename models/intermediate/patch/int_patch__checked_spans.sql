-- one row per device, whether its check is fresh, and uninterrupted span of days
with
    sightings as (select * from {{ state_of("stg_patch__patch_status_sightings") }}),

    device_ids as (select * from {{ ref("int_devices__ids") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    -- one row per device where all its patches were checked at one time, else the
    -- newest of them counts
    checks as (
        select
            source_system,
            device_id,
            max(cast(checked_at as date)) as checked_on,
            valid_from,
            valid_to
        from sightings
        group by source_system, device_id, valid_from, valid_to
    ),

    of_devices as (
        select
            device_ids.device_key,
            checks.checked_on,
            greatest(checks.valid_from, device_ids.valid_from) as valid_from,
            least(checks.valid_to, device_ids.valid_to) as valid_to
        from checks
        inner join
            device_ids
            on device_ids.ref_id = checks.device_id
            and (device_ids.source_system = checks.source_system or device_ids.is_sole)
            and device_ids.valid_from < checks.valid_to
            and device_ids.valid_to > checks.valid_from
    ),

    marks as (
        select device_key, 'listed' as mark, valid_from, valid_to
        from of_devices
        union all
        select
            of_devices.device_key,
            'checked' as mark,
            of_devices.valid_from,
            least(
                of_devices.valid_to,
                {{
                    add_days(
                        "of_devices.checked_on",
                        "policy.patch_status_max_age_days + 1",
                    )
                }}
            ) as valid_to
        from of_devices
        cross join policy
    ),

    checked_spans as ({{ merge_spans("marks", ["device_key", "mark"]) }})

select *
from checked_spans

-- one row per device, critical patch whose deadline was missed, and span of days with
-- the same reason
with
    missed as (
        select * from {{ ref("int_patch__critical_deadlines") }} where on_time = 0
    ),

    -- the first day on which it is known that the device was on since the clock started
    reached as (
        select
            missed.device_key,
            missed.patch_id,
            missed.valid_from,
            min(sightings.valid_from) as reached_from
        from missed
        inner join
            {{ ref("int_devices__sighting_spans") }} as sightings
            on sightings.device_key = missed.device_key
            and sightings.last_seen_at >= missed.starts_at
            and sightings.valid_from < missed.valid_to
        group by missed.device_key, missed.patch_id, missed.valid_from
    ),

    dated as (
        select missed.*, coalesce(reached.reached_from, missed.valid_to) as reached_from
        from missed
        left join
            reached
            on reached.device_key = missed.device_key
            and reached.patch_id = missed.patch_id
            and reached.valid_from = missed.valid_from
    ),

    missed_deadlines as (
        select
            device_key,
            patch_id,
            cast(deadline_at as date) as deadline_date,
            case
                when state = 'installed'
                then 'patch_installed_late'
                when state = 'failed'
                then 'patch_failed'
                else 'patch_overdue'
            end as reason_code,
            case
                when state = 'installed'
                then valid_from
                else greatest(valid_from, reached_from)
            end as valid_from,
            valid_to
        from dated
        union all
        select
            device_key,
            patch_id,
            cast(deadline_at as date) as deadline_date,
            'device_unreachable' as reason_code,
            valid_from,
            least(valid_to, reached_from) as valid_to
        from dated
        where state <> 'installed'
    )

select *
from missed_deadlines
where valid_from < valid_to

-- one row per incident that is a failure of an asset, its times, and uninterrupted span of days, linked or not
with
    failures as (
        select * from {{ ref("int_service_desk__incidents") }} where is_asset_failure
    ),

    links as (
        select * from {{ ref("int_service_desk__incident_assets") }} where is_counted
    ),

    -- the rows of an incident differ in their CI only; should its times differ, the smallest CI's count
    days as (
        select source_system, incident_id, valid_from as date_day
        from failures
        union
        select source_system, incident_id, valid_to as date_day
        from failures
    ),

    segments as (
        select
            source_system,
            incident_id,
            date_day as valid_from,
            lead(date_day) over (
                partition by source_system, incident_id order by date_day
            ) as valid_to
        from days
    ),

    ranked as (
        select
            segments.source_system,
            segments.incident_id,
            failures.incident_row_id,
            segments.valid_from,
            segments.valid_to,
            row_number() over (
                partition by
                    segments.source_system, segments.incident_id, segments.valid_from
                order by failures.ci_id, failures.incident_row_id
            ) as preference
        from segments
        inner join
            failures
            on failures.source_system = segments.source_system
            and failures.incident_id = segments.incident_id
            and failures.valid_from <= segments.valid_from
            and failures.valid_to >= segments.valid_to
    ),

    parts as (
        select
            source_system,
            incident_id,
            incident_row_id,
            0 as linked_assets,
            valid_from,
            valid_to
        from ranked
        where preference = 1
        union all
        select
            source_system,
            incident_id,
            cast(0 as bigint) as incident_row_id,
            1 as linked_assets,
            valid_from,
            valid_to
        from links
    ),

    swept as (
        {{ sweep(
            "parts",
            keys=["source_system", "incident_id"],
            weights=["incident_row_id", "linked_assets"],
            having="incident_row_id > 0",
        ) }}
    ),

    service_desk__failures as (
        select
            swept.source_system,
            swept.incident_id,
            failures.opened_at,
            failures.restored_at,
            swept.linked_assets > 0 as is_linked,
            swept.valid_from,
            swept.valid_to
        from swept
        inner join
            failures on failures.incident_row_id = cast(swept.incident_row_id as bigint)
    )

select *
from service_desk__failures

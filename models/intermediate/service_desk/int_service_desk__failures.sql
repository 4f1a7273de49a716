-- one row per incident that is a failure of an asset, its times, and uninterrupted
-- span of days, linked or not
with
    failures as (
        select * from {{ ref("int_service_desk__incidents") }} where is_asset_failure
    ),

    links as (
        select * from {{ ref("int_service_desk__incident_assets") }} where is_counted
    ),

    rows_of_incidents as (
        select
            spans.source_system,
            spans.incident_id,
            spans.ci_id,
            spans.incident_row_id as row_id,
            spans.valid_from,
            spans.valid_to
        from {{ ref("int_service_desk__incident_spans") }} as spans
        inner join failures on failures.incident_row_id = spans.incident_row_id
    ),

    -- the rows of an incident differ in their CI only; should its times differ, the
    -- smallest CI's count
    spoken as (
        {{
            pick_best(
                "rows_of_incidents",
                keys=["source_system", "incident_id"],
                owner="ci_id",
                order_by="rivals.ci_id",
            )
        }}
    ),

    parts as (
        select
            source_system,
            incident_id,
            row_id as incident_row_id,
            0 as linked_assets,
            valid_from,
            valid_to
        from spoken
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
        {{
            sweep(
                "parts",
                keys=["source_system", "incident_id"],
                weights=["incident_row_id", "linked_assets"],
                having="incident_row_id > 0",
            )
        }}
    ),

    service_desk__failures as (
        select
            swept.source_system,
            swept.incident_id,
            failures.opened_at,
            failures.restored_at,
            failures.reopen_count,
            swept.linked_assets > 0 as is_linked,
            swept.valid_from,
            swept.valid_to
        from swept
        inner join
            failures on failures.incident_row_id = cast(swept.incident_row_id as bigint)
    )

select *
from service_desk__failures

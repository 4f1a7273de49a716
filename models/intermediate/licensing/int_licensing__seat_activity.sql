-- one row per seat and days with a use on record, cut where it turns idle (K19, K20,
-- long: three spans of one observation
-- K21)
with
    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    sightings as (
        select
            sightings.source_system,
            sightings.assignment_id,
            sightings.valid_from,
            sightings.valid_to,
            {{
                add_days(
                    "cast(sightings.last_activity_at as date)",
                    "policy.saas_window_days",
                )
            }} as idle_saas_from,
            {{
                add_days(
                    "cast(sightings.last_activity_at as date)",
                    "policy.usage_window_days",
                )
            }} as idle_usage_from
        from {{ state_of("stg_licensing__license_assignment_sightings") }} as sightings
        cross join policy
        where sightings.last_activity_at is not null
    ),

    on_record as ({{ merge_spans("sightings", ["source_system", "assignment_id"]) }}),

    -- a use counts for some days; the seat is idle when no newer one is reported in
    -- time
    parts as (
        select
            source_system,
            assignment_id,
            1 as on_record,
            0 as idle_saas,
            0 as idle_usage,
            valid_from,
            valid_to
        from on_record
        union all
        select
            source_system,
            assignment_id,
            0 as on_record,
            1 as idle_saas,
            0 as idle_usage,
            greatest(valid_from, idle_saas_from) as valid_from,
            valid_to
        from sightings
        where idle_saas_from < valid_to
        union all
        select
            source_system,
            assignment_id,
            0 as on_record,
            0 as idle_saas,
            1 as idle_usage,
            greatest(valid_from, idle_usage_from) as valid_from,
            valid_to
        from sightings
        where idle_usage_from < valid_to
    ),

    swept as (
        {{
            sweep(
                "parts",
                ["source_system", "assignment_id"],
                ["on_record", "idle_saas", "idle_usage"],
                "on_record > 0",
            )
        }}
    ),

    seat_activity as (
        select
            source_system,
            assignment_id,
            idle_saas = 0 as is_active_in_saas_window,
            idle_usage = 0 as is_active_in_usage_window,
            valid_from,
            valid_to
        from swept
    )

select *
from seat_activity

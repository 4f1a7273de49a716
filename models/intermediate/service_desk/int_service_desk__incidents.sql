-- one row per version of an incident and affected CI
with
    incidents as (select * from {{ ref("stg_service_desk__incident") }}),

    statuses as (
        select * from {{ ref("int_policy__statuses") }} where feed = 'incident'
    ),

    categories as (select * from {{ ref("stg_policy__incident_category") }}),

    classified as (
        select
            incidents.*,
            statuses.canonical_status,
            coalesce(
                incidents.is_asset_failure, categories.is_asset_failure, false
            ) as is_failure_of_asset
        from incidents
        inner join
            statuses
            on statuses.source_system = incidents.source_system
            and statuses.raw_status = lower(trim(coalesce(incidents.status, '')))
        left join
            categories
            on lower(trim(categories.category)) = lower(trim(incidents.category))
    ),

    service_desk__incidents as (
        select
            row_id as incident_row_id,
            source_system,
            incident_id,
            ci_id,
            record_type,
            canonical_status,
            priority,
            category,
            parent_incident_id,
            opened_at,
            resolved_at,
            closed_at,
            coalesce(resolved_at, closed_at) as restored_at,
            coalesce(on_hold_seconds, 0) as on_hold_seconds,
            coalesce(labor_minutes, 0) as labor_minutes,
            coalesce(affected_users, 1) as affected_users,
            coalesce(reopen_count, 0) as reopen_count,
            record_type = 'incident' and canonical_status <> 'cancelled' as is_incident,
            record_type = 'incident'
            and canonical_status <> 'cancelled'
            and parent_incident_id is null
            and is_failure_of_asset as is_asset_failure
        from classified
    )

select *
from service_desk__incidents

-- one row per incident and affected CI, as the service desk's state has it on the
-- newest as-of date
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    incidents as (select * from {{ ref("int_service_desk__incidents") }}),

    current_spans as (
        select spans.*
        from {{ ref("int_service_desk__incident_spans") }} as spans
        inner join
            calendar
            on spans.valid_from <= calendar.last_day
            and spans.valid_to > calendar.last_day
    ),

    current_ci_assets as (
        select ci_assets.*
        from {{ ref("int_service_desk__ci_assets") }} as ci_assets
        inner join
            calendar
            on ci_assets.valid_from <= calendar.last_day
            and ci_assets.valid_to > calendar.last_day
    ),

    -- the row that speaks for the asset carries the incident's share
    current_links as (
        select links.*
        from {{ ref("int_service_desk__incident_assets") }} as links
        inner join
            calendar
            on links.valid_from <= calendar.last_day
            and links.valid_to > calendar.last_day
        where links.is_counted
    ),

    fct_incidents as (
        select
            concat_ws(
                '',
                incidents.source_system,
                '|',
                incidents.incident_id,
                '|',
                incidents.ci_id
            ) as incident_ci_key,
            incidents.source_system,
            incidents.incident_id,
            nullif(incidents.ci_id, '') as ci_id,
            current_ci_assets.asset_key,
            incidents.parent_incident_id,

            incidents.record_type,
            incidents.canonical_status as status,
            incidents.priority,
            incidents.category,
            incidents.is_asset_failure,

            incidents.opened_at,
            incidents.restored_at,
            incidents.closed_at,

            {{ exact_quotient("1", "current_links.counted_assets") }} as incident_share,
            incidents.on_hold_seconds,
            incidents.labor_minutes,
            incidents.affected_users,
            incidents.reopen_count
        from current_spans
        inner join
            incidents on incidents.incident_row_id = current_spans.incident_row_id
        left join
            current_ci_assets
            on current_ci_assets.source_system = incidents.source_system
            and current_ci_assets.ci_id = incidents.ci_id
        left join
            current_links on current_links.incident_row_id = incidents.incident_row_id
    )

select *
from fct_incidents

-- one row per asset, outage or incident that put it down, version, and span of days
-- long: incidents and outages side by side
-- on which that was known
with
    incidents as (
        select * from {{ ref("int_service_desk__incidents") }} where is_asset_failure
    ),

    links as (
        select
            source_system, incident_id, incident_row_id, asset_key, valid_from, valid_to
        from {{ ref("int_service_desk__incident_assets") }}
    ),

    outages as (
        select *
        from {{ ref("int_service_desk__outages") }}
        where outage_type = 'unplanned'
    ),

    incident_sources as (
        select
            incident_id,
            source_system,
            count(*) over (partition by incident_id) = 1 as is_sole
        from {{ ref("stg_service_desk__incident") }}
        group by incident_id, source_system
    ),

    -- an incident with an outage row of its own on the asset is told by the outage
    parts as (
        select
            links.source_system,
            links.incident_id,
            links.asset_key,
            links.incident_row_id,
            0 as outage_rows,
            greatest(links.valid_from, cast(incidents.opened_at as date)) as valid_from,
            links.valid_to
        from links
        inner join incidents on incidents.incident_row_id = links.incident_row_id
        union all
        select
            incident_sources.source_system,
            outages.incident_id,
            outages.asset_key,
            cast(0 as bigint) as incident_row_id,
            1 as outage_rows,
            outages.valid_from,
            outages.valid_to
        from outages
        inner join
            incident_sources
            on incident_sources.incident_id = outages.incident_id
            and (
                incident_sources.source_system = outages.source_system
                or incident_sources.is_sole
            )
    ),

    untold as (
        {{
            sweep(
                "parts",
                keys=["source_system", "incident_id", "asset_key"],
                weights=["incident_row_id", "outage_rows"],
                having="incident_row_id > 0 and outage_rows = 0",
            )
        }}
    ),

    intervals as (
        select
            untold.asset_key,
            'incident' as interval_kind,
            untold.source_system,
            untold.incident_id as reference_id,
            incidents.incident_row_id as reference_row_id,
            incidents.opened_at as began_at,
            incidents.restored_at as ended_at,
            incidents.on_hold_seconds,
            untold.source_system as incident_source_system,
            untold.incident_id,
            untold.valid_from,
            untold.valid_to
        from untold
        inner join
            incidents
            on incidents.incident_row_id = cast(untold.incident_row_id as bigint)
        union all
        select
            outages.asset_key,
            'outage' as interval_kind,
            outages.source_system,
            outages.outage_id as reference_id,
            outages.outage_row_id as reference_row_id,
            outages.began_at,
            outages.ended_at,
            0 as on_hold_seconds,
            coalesce(own.source_system, sole.source_system) as incident_source_system,
            coalesce(own.incident_id, sole.incident_id) as incident_id,
            outages.valid_from,
            outages.valid_to
        from outages
        left join
            incident_sources as own
            on own.incident_id = outages.incident_id
            and own.source_system = outages.source_system
        left join
            incident_sources as sole
            on sole.incident_id = outages.incident_id
            and sole.is_sole
    ),

    service_desk__downtime_intervals as (
        select *, coalesce(ended_at < began_at, false) as is_negative
        from intervals
        where valid_from < valid_to
    )

select *
from service_desk__downtime_intervals

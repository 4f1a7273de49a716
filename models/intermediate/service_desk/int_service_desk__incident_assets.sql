-- one row per incident, asset and span of days on which the two are linked by the same rows of both
with
    incidents as (
        select incident_row_id, source_system, incident_id, ci_id, valid_from, valid_to
        from {{ ref("int_service_desk__incidents") }}
    ),

    ci_assets as (select * from {{ ref("int_service_desk__ci_assets") }}),

    ever_spans as (select * from {{ ref("int_assets__ever_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    links as (
        select
            incidents.source_system,
            incidents.incident_id,
            ci_assets.asset_key,
            incidents.ci_id,
            incidents.incident_row_id,
            greatest(incidents.valid_from, ci_assets.valid_from) as valid_from,
            least(incidents.valid_to, ci_assets.valid_to) as valid_to
        from incidents
        inner join
            ci_assets
            on ci_assets.source_system = incidents.source_system
            and ci_assets.ci_id = incidents.ci_id
            and ci_assets.valid_from < incidents.valid_to
            and ci_assets.valid_to > incidents.valid_from
    ),

    -- two CIs of an incident may be one asset: the smallest ci_id of the day speaks
    days as (
        select source_system, incident_id, asset_key, valid_from as date_day
        from links
        union
        select source_system, incident_id, asset_key, valid_to as date_day
        from links
    ),

    segments as (
        select
            source_system,
            incident_id,
            asset_key,
            date_day as valid_from,
            lead(date_day) over (
                partition by source_system, incident_id, asset_key order by date_day
            ) as valid_to
        from days
    ),

    ranked as (
        select
            segments.*,
            links.incident_row_id,
            row_number() over (
                partition by
                    segments.source_system,
                    segments.incident_id,
                    segments.asset_key,
                    segments.valid_from
                order by links.ci_id, links.incident_row_id
            ) as preference
        from segments
        inner join
            links
            on links.source_system = segments.source_system
            and links.incident_id = segments.incident_id
            and links.asset_key = segments.asset_key
            and links.valid_from <= segments.valid_from
            and links.valid_to >= segments.valid_to
    ),

    described as (
        select
            ranked.source_system,
            ranked.incident_id,
            ranked.incident_row_id,
            ranked.asset_key,
            ever_spans.row_id as asset_row_id,
            asset_rows.is_in_scope and not asset_rows.is_byod as is_counted,
            greatest(ranked.valid_from, ever_spans.valid_from) as valid_from,
            least(ranked.valid_to, ever_spans.valid_to) as valid_to
        from ranked
        inner join
            ever_spans
            on ever_spans.asset_key = ranked.asset_key
            and ever_spans.valid_from < ranked.valid_to
            and ever_spans.valid_to > ranked.valid_from
        inner join asset_rows on asset_rows.row_id = ever_spans.row_id
        where ranked.preference = 1
    ),

    counted as (select *, 1 as counted_assets from described where is_counted),

    shares as (
        {{ sweep(
            "counted",
            keys=["source_system", "incident_id"],
            weights=["counted_assets"],
            having="counted_assets > 0",
        ) }}
    ),

    service_desk__incident_assets as (
        select
            described.source_system,
            described.incident_id,
            described.incident_row_id,
            described.asset_key,
            described.asset_row_id,
            described.is_counted,
            cast(shares.counted_assets as integer) as counted_assets,
            greatest(
                described.valid_from, coalesce(shares.valid_from, described.valid_from)
            ) as valid_from,
            least(
                described.valid_to, coalesce(shares.valid_to, described.valid_to)
            ) as valid_to
        from described
        left join
            shares
            on described.is_counted
            and shares.source_system = described.source_system
            and shares.incident_id = described.incident_id
            and shares.valid_from < described.valid_to
            and shares.valid_to > described.valid_from
    )

select *
from service_desk__incident_assets

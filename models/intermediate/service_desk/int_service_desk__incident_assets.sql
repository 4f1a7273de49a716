-- one row per incident, asset and span of days on which the two are linked by the
-- long: the link, the row that speaks and the share are one question
-- same rows of both
with
    incidents as (select * from {{ ref("int_service_desk__incident_spans") }}),

    ci_assets as (select * from {{ ref("int_service_desk__ci_assets") }}),

    ever_spans as (select * from {{ ref("int_assets__ever_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    links as (
        select
            incidents.source_system,
            incidents.incident_id,
            ci_assets.asset_key,
            incidents.ci_id,
            incidents.incident_row_id as row_id,
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
    spoken as (
        {{
            pick_best(
                "links",
                keys=["source_system", "incident_id", "asset_key"],
                owner="ci_id",
                order_by="rivals.ci_id",
            )
        }}
    ),

    described as (
        select
            spoken.source_system,
            spoken.incident_id,
            spoken.row_id as incident_row_id,
            spoken.asset_key,
            ever_spans.row_id as asset_row_id,
            asset_rows.is_in_scope and not asset_rows.is_byod as is_counted,
            greatest(spoken.valid_from, ever_spans.valid_from) as valid_from,
            least(spoken.valid_to, ever_spans.valid_to) as valid_to
        from spoken
        inner join
            ever_spans
            on ever_spans.asset_key = spoken.asset_key
            and ever_spans.valid_from < spoken.valid_to
            and ever_spans.valid_to > spoken.valid_from
        inner join asset_rows on asset_rows.row_id = ever_spans.row_id
    ),

    counted as (select *, 1 as counted_assets from described where is_counted),

    shares as (
        {{
            sweep(
                "counted",
                keys=["source_system", "incident_id", "is_counted"],
                weights=["counted_assets"],
                having="counted_assets > 0",
            )
        }}
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
            on shares.is_counted = described.is_counted
            and shares.source_system = described.source_system
            and shares.incident_id = described.incident_id
            and shares.valid_from < described.valid_to
            and shares.valid_to > described.valid_from
    )

select *
from service_desk__incident_assets

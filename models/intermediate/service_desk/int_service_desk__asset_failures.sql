-- one row per asset with failures in twelve months, its last known row and span of days
-- with the same number of them
with
    links as (
        select * from {{ ref("int_service_desk__incident_assets") }} where is_counted
    ),

    incidents as (
        select * from {{ ref("int_service_desk__incidents") }} where is_asset_failure
    ),

    failures as (
        select
            links.asset_key,
            incidents.labor_minutes,
            links.counted_assets,
            greatest(links.valid_from, cast(incidents.opened_at as date)) as valid_from,
            least(
                links.valid_to, {{ t12m_end("cast(incidents.opened_at as date)") }}
            ) as valid_to
        from links
        inner join incidents on incidents.incident_row_id = links.incident_row_id
    ),

    failed_assets as (select asset_key from failures group by asset_key),

    parts as (
        select
            asset_key,
            cast(0 as bigint) as asset_row_id,
            1 as failures,
            {{ exact_quotient("labor_minutes", "counted_assets") }} as labor_minutes,
            valid_from,
            valid_to
        from failures
        union all
        select
            ever_spans.asset_key,
            ever_spans.row_id as asset_row_id,
            0 as failures,
            cast(0 as decimal(38, 12)) as labor_minutes,
            ever_spans.valid_from,
            ever_spans.valid_to
        from {{ ref("int_assets__ever_spans") }} as ever_spans
        inner join failed_assets on failed_assets.asset_key = ever_spans.asset_key
    ),

    days as (
        {{
            sweep(
                "parts",
                keys=["asset_key"],
                weights=["asset_row_id", "failures", "labor_minutes"],
                having="failures > 0 and asset_row_id > 0",
            )
        }}
    ),

    asset_failures as (
        select
            asset_key,
            cast(asset_row_id as bigint) as asset_row_id,
            cast(failures as integer) as failures,
            labor_minutes,
            valid_from,
            valid_to
        from days
    )

select *
from asset_failures

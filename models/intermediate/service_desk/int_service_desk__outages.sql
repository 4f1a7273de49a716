-- one row per outage, asset and uninterrupted span of days on which it is known to
-- have begun on the asset
with
    outages as (select * from {{ ref("stg_service_desk__outage") }}),

    ci_assets as (select * from {{ ref("int_service_desk__ci_assets") }}),

    service_desk__outages as (
        select
            outages.row_id as outage_row_id,
            outages.source_system,
            outages.outage_id,
            ci_assets.asset_key,
            outages.outage_type,
            outages.incident_id,
            outages.begin_at as began_at,
            outages.end_at as ended_at,
            greatest(
                ci_assets.valid_from, cast(outages.begin_at as date)
            ) as valid_from,
            ci_assets.valid_to
        from outages
        inner join
            ci_assets
            on ci_assets.source_system = outages.source_system
            and ci_assets.ci_id = outages.ci_id
        where ci_assets.valid_to > cast(outages.begin_at as date)
    )

select *
from service_desk__outages

-- one row per reference of the service desk to a CI, asset it leads to, and
-- uninterrupted span
with
    named as (
        select source_system, ci_id
        from {{ ref("stg_service_desk__incident") }}
        union all
        select source_system, ci_id
        from {{ ref("stg_service_desk__outage") }}
    ),

    cis as (
        select source_system, ci_id
        from named
        where ci_id <> ''
        group by source_system, ci_id
    ),

    ids as (
        select *
        from {{ ref("int_assets__ids") }}
        where ref_kind in ('ci_id', 'asset_id')
    ),

    candidates as (
        select
            cis.source_system,
            cis.ci_id,
            ids.ref_kind,
            ids.asset_key,
            ids.valid_from,
            ids.valid_to
        from cis
        inner join
            ids
            on ids.ref_id = cis.ci_id
            and (ids.source_system = cis.source_system or ids.is_sole)
    ),

    -- an asset id counts only on the days on which no ci_id fits
    parts as (
        select
            source_system,
            ci_id,
            case when ref_kind = 'ci_id' then 1 else 0 end as by_ci_id,
            case when ref_kind = 'asset_id' then 1 else 0 end as by_asset_id,
            valid_from,
            valid_to
        from candidates
    ),

    by_asset_id as (
        {{
            sweep(
                "parts",
                keys=["source_system", "ci_id"],
                weights=["by_ci_id", "by_asset_id"],
                having="by_ci_id = 0 and by_asset_id > 0",
            )
        }}
    ),

    resolved as (
        select source_system, ci_id, asset_key, valid_from, valid_to
        from candidates
        where ref_kind = 'ci_id'
        union all
        select
            candidates.source_system,
            candidates.ci_id,
            candidates.asset_key,
            greatest(candidates.valid_from, by_asset_id.valid_from) as valid_from,
            least(candidates.valid_to, by_asset_id.valid_to) as valid_to
        from candidates
        inner join
            by_asset_id
            on by_asset_id.source_system = candidates.source_system
            and by_asset_id.ci_id = candidates.ci_id
            and by_asset_id.valid_from < candidates.valid_to
            and by_asset_id.valid_to > candidates.valid_from
        where candidates.ref_kind = 'asset_id'
    ),

    service_desk__ci_assets as (
        {{ merge_spans("resolved", ["source_system", "ci_id", "asset_key"]) }}
    )

select *
from service_desk__ci_assets

-- one row per deployed asset whose activity can be seen and span of days on which its
-- devices show the same
with
    survivors as (select * from {{ ref("int_assets__survivor_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    parts as (
        select
            survivors.asset_key,
            survivors.row_id,
            0 as matched,
            0 as seen,
            survivors.valid_from,
            survivors.valid_to
        from survivors
        inner join asset_rows on asset_rows.row_id = survivors.row_id
        where
            asset_rows.is_managed_estate
            and asset_rows.canonical_status = 'deployed'
            and asset_rows.is_activity_observable
        union all
        select
            asset_key,
            0 as row_id,
            case when sign = 'matched' then 1 else 0 end as matched,
            case when sign = 'seen' then 1 else 0 end as seen,
            valid_from,
            valid_to
        from {{ ref("int_assets__activity_spans") }}
        where sign in ('matched', 'seen')
    ),

    agent_spans as (
        {{
            sweep(
                "parts",
                ["asset_key"],
                ["row_id", "matched", "seen"],
                "row_id > 0",
            )
        }}
    )

select *
from agent_spans

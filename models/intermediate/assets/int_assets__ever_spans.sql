-- one row per asset ever and span of days with one surviving last known row
with
    candidates as (
        select
            known.*,
            concat_ws('', known.source_system, '|', known.asset_id) as register_id
        from {{ ref("int_assets__last_known_spans") }} as known
    ),

    ever_spans as (
        {{
            pick_best(
                "candidates",
                keys=["asset_key"],
                owner="register_id",
                order_by="rivals.last_changed_at desc nulls last, rivals.asset_id, rivals.source_system",
            )
        }}
    )

select *
from ever_spans

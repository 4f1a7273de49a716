-- one row per resolved asset and span of days with one surviving register row
with
    candidates as (
        select
            register.*,
            concat_ws('', register.source_system, '|', register.asset_id) as register_id
        from {{ ref("int_assets__register_spans") }} as register
    ),

    survivor_spans as (
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
from survivor_spans

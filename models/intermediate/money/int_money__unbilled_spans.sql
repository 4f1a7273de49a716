-- one row per span of days D whose last twelve months have no cloud bill
with
    cloud_costs as (select * from {{ ref("int_money__cloud_costs") }}),

    billed_days as (
        select
            'cloud' as cost_category,
            charge_date as valid_from,
            {{ t12m_end("charge_date") }} as valid_to
        from cloud_costs
        group by charge_date
    ),

    billed_spans as ({{ merge_spans("billed_days", ["cost_category"]) }}),

    -- where bills of the window are known they stand for the ledger's cloud lines
    cloud_parts as (
        select
            'cloud' as cost_category,
            1 as is_ledger,
            0 as is_billed,
            date '0001-01-01' as valid_from,
            {{ far_future() }} as valid_to
        union all
        select cost_category, 0 as is_ledger, 1 as is_billed, valid_from, valid_to
        from billed_spans
    ),

    unbilled_spans as (
        {{
            sweep(
                "cloud_parts",
                keys=["cost_category"],
                weights=["is_ledger", "is_billed"],
                having="is_ledger = 1 and is_billed = 0",
            )
        }}
    )

select valid_from, valid_to
from unbilled_spans

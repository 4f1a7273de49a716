-- one row per asset whose life ended and span of as-of dates with one cost after it
with
    assets as (
        select * from {{ ref("int_money__asset_tco") }} where population = 'ended'
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    attributed_costs as (
        select *
        from {{ ref("int_money__attributed_costs") }}
        where
            cost_category in ('maintenance', 'support')
            and link in ('asset_id', 'finance_asset_id')
    ),

    -- posted to the asset itself after it had gone
    posted_later as (
        select
            assets.asset_key,
            assets.row_id,
            attributed_costs.amount_base,
            greatest(
                assets.valid_from,
                attributed_costs.valid_from,
                attributed_costs.posted_date
            ) as valid_from,
            least(
                assets.valid_to,
                attributed_costs.valid_to,
                {{ t12m_end("attributed_costs.posted_date") }}
            ) as valid_to
        from attributed_costs
        inner join
            assets
            on assets.asset_key = attributed_costs.asset_key
            and assets.valid_from < attributed_costs.valid_to
            and assets.valid_to > attributed_costs.valid_from
        inner join asset_rows on asset_rows.row_id = assets.row_id
        where attributed_costs.posted_date > asset_rows.disposed_date
    ),

    visible as (
        {{ as_of_spans("posted_later", ["asset_key", "row_id", "amount_base"]) }}
    ),

    late_costs as (
        {{
            sweep(
                "visible",
                keys=["asset_key", "row_id"],
                weights=["amount_base"],
                having="amount_base > 0",
            )
        }}
    )

select *
from late_costs

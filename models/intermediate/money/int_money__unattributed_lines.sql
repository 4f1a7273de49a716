-- one row per cost line of an asset category and span of days on which no asset bears
-- it
-- long: lines that are settled go around the sweep
with
    cost_lines as (
        select *
        from {{ ref("int_money__cost_lines") }}
        where is_asset_cost and amount_base is not null
    ),

    attributed_costs as (
        select * from {{ ref("int_money__attributed_costs") }} where row_id is not null
    ),

    -- most lines have their asset from the first day on
    settled as (
        select attributed_costs.row_id
        from attributed_costs
        inner join cost_lines on cost_lines.row_id = attributed_costs.row_id
        where
            attributed_costs.valid_from <= cost_lines.posted_date
            and attributed_costs.valid_to = {{ far_future() }}
        group by attributed_costs.row_id
    ),

    open_lines as (
        select cost_lines.*
        from cost_lines
        left join settled on settled.row_id = cost_lines.row_id
        where settled.row_id is null
    ),

    parts as (
        select
            row_id,
            1 as is_posted,
            0 as is_borne,
            posted_date as valid_from,
            {{ far_future() }} as valid_to
        from open_lines
        union all
        select
            attributed_costs.row_id,
            0 as is_posted,
            1 as is_borne,
            attributed_costs.valid_from,
            attributed_costs.valid_to
        from attributed_costs
        inner join open_lines on open_lines.row_id = attributed_costs.row_id
    ),

    unborne as (
        {{
            sweep(
                "parts",
                keys=["row_id"],
                weights=["is_posted", "is_borne"],
                having="is_posted = 1 and is_borne = 0",
            )
        }}
    ),

    unborne_spans as ({{ merge_spans("unborne", ["row_id"]) }}),

    unattributed_lines as (
        select
            open_lines.row_id,
            concat_ws(
                '', 'ledger|', open_lines.source_system, '|', open_lines.line_id
            ) as cost_key,
            case
                when open_lines.contract_id <> ''
                then 'contract_covers_no_active_asset'
                when open_lines.finance_asset_id <> ''
                then 'finance_asset_id_unknown'
                when open_lines.asset_id <> ''
                then 'asset_id_unknown'
                when open_lines.incident_id <> ''
                then 'incident_only'
                else 'no_reference'
            end as reason_code,
            open_lines.posted_date,
            open_lines.cost_center,
            open_lines.product,
            open_lines.amount_base,
            unborne_spans.valid_from,
            unborne_spans.valid_to
        from unborne_spans
        inner join open_lines on open_lines.row_id = unborne_spans.row_id
    )

select *
from unattributed_lines

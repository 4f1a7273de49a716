-- one row per as-of date and slice
with
    agents as (select * from {{ ref("int_assets__agent_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    members as (
        select
            agents.valid_from,
            agents.valid_to,
            agents.seen as numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from agents
        inner join asset_rows on asset_rows.row_id = agents.row_id
    ),

    cells as (
        {{
            kpi_cells(
                "members", "agent_coverage_rate", asset_dimensions(), coverage=false
            )
        }}
    )

select *
from cells

-- one row per as-of date and slice
with
    survivors as (select * from {{ ref("int_assets__survivor_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    -- resolved managed estate, all in-scope classes
    members as (
        select
            survivors.valid_from,
            survivors.valid_to,
            case
                when asset_rows.canonical_status = 'deployed' then 1 else 0
            end as numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from survivors
        inner join asset_rows on asset_rows.row_id = survivors.row_id
        where
            asset_rows.is_managed_estate
            and asset_rows.canonical_status in ('deployed', 'in_stock', 'in_repair')
    ),

    cells as (
        {{
            kpi_cells(
                "members", "deployment_rate", asset_dimensions(), coverage=false
            )
        }}
    )

select *
from cells

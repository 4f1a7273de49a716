-- one row per as-of date and slice
with
    accuracy as (select * from {{ ref("int_assets__accuracy_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    -- the unit is a record, not an asset; one failing test makes it inaccurate
    members as (
        select
            accuracy.valid_from,
            accuracy.valid_to,
            case
                when
                    accuracy.is_complete
                    and accuracy.is_valid
                    and accuracy.is_unique
                    and accuracy.is_current
                    and accuracy.is_consistent
                then 1
                else 0
            end as numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from accuracy
        inner join asset_rows on asset_rows.row_id = accuracy.row_id
    ),

    cells as (
        {{
            kpi_cells(
                "members",
                "inventory_accuracy_rate",
                asset_dimensions(),
                coverage=false,
            )
        }}
    )

select *
from cells

-- one row per as-of date and slice
with
    stages as (select * from {{ ref("int_lifecycle__stages") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    members as (
        select
            stages.valid_from,
            stages.valid_to,
            case when stages.is_on_time then 1 else 0 end as numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from stages
        inner join asset_rows on asset_rows.row_id = stages.asset_row_id
    ),

    kpi_stage_punctuality_rate as (
        {{
            kpi_cells(
                "members",
                "stage_punctuality_rate",
                asset_dimensions(),
                coverage=false,
            )
        }}
    )

select *
from kpi_stage_punctuality_rate

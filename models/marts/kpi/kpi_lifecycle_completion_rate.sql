-- one row per as-of date and slice
with
    ended_lives as (select * from {{ ref("int_lifecycle__ended_lives") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    members as (
        select
            ended_lives.valid_from,
            ended_lives.valid_to,
            case when ended_lives.is_complete then 1 else 0 end as numerator,
            1 as denominator,
            case when ended_lives.has_start then 1 else 0 end as covered,
            1 as population,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from ended_lives
        inner join asset_rows on asset_rows.row_id = ended_lives.asset_row_id
    ),

    kpi_lifecycle_completion_rate as (
        {{ kpi_cells("members", "lifecycle_completion_rate", asset_dimensions()) }}
    )

select *
from kpi_lifecycle_completion_rate

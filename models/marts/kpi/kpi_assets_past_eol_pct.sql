-- one row per as-of date and slice
with
    end_of_life as (select * from {{ ref("int_assets__end_of_life_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    members as (
        select
            end_of_life.valid_from,
            end_of_life.valid_to,
            case when end_of_life.past > 0 then 1 else 0 end as numerator,
            case when end_of_life.known > 0 then 1 else 0 end as denominator,
            case when end_of_life.known > 0 then 1 else 0 end as covered,
            1 as population,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from end_of_life
        inner join asset_rows on asset_rows.row_id = end_of_life.row_id
        where asset_rows.is_managed_estate
    ),

    cells as ({{ kpi_cells("members", "assets_past_eol_pct", asset_dimensions()) }})

select *
from cells

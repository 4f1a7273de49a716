-- one row per as-of date and slice
with
    count_lines as (select * from {{ ref("int_assurance__count_lines") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    members as (
        select
            count_lines.valid_from,
            count_lines.valid_to,
            case when count_lines.is_matched then 1 else 0 end as numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from count_lines
        left join asset_rows on asset_rows.row_id = count_lines.asset_row_id
    ),

    kpi_physical_accuracy_rate as (
        {{ kpi_cells("members", "physical_accuracy_rate", asset_dimensions(), coverage=false) }}
    )

select *
from kpi_physical_accuracy_rate

-- one row per as-of date and slice
with
    cases as (select * from {{ ref("int_lifecycle__sanitization_cases") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    members as (
        select
            cases.valid_from,
            cases.valid_to,
            case when cases.is_sanitized then 1 else 0 end as numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from cases
        inner join asset_rows on asset_rows.row_id = cases.asset_row_id
    ),

    kpi_data_sanitization_rate as (
        {{
            kpi_cells(
                "members",
                "data_sanitization_rate",
                asset_dimensions(),
                coverage=false,
            )
        }}
    )

select *
from kpi_data_sanitization_rate

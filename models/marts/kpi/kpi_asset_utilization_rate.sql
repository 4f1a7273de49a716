-- one row per as-of date and slice
with
    use_cells as (select * from {{ ref("int_assets__use_cells") }} where is_headline),

    cells as (
        select
            'asset_utilization_rate' as kpi_id,
            as_of_date,
            dim_type,
            dim_value,
            numerator,
            denominator,
            covered,
            population
        from use_cells
    )

select *
from cells

-- one row per as-of date and slice
with
    assets as (
        select * from {{ ref("int_money__asset_tco") }} where population = 'living'
    ),

    members as (
        select
            valid_from,
            valid_to,
            case when has_acquisition then total_amount else 0 end as numerator,
            case when has_acquisition then 1 else 0 end as denominator,
            case when has_acquisition then 1 else 0 end as covered,
            1 as population,
            {{ asset_dimensions() | join(", ") }}
        from assets
    ),

    cells as (
        {{
            kpi_cells(
                "members", kpi_id="tco_per_asset", dimensions=asset_dimensions()
            )
        }}
    )

select *
from cells

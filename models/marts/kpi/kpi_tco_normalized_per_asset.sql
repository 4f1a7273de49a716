-- one row per as-of date and slice
with
    assets as (
        select * from {{ ref("int_money__asset_tco") }} where population = 'living'
    ),

    monthly as (select * from {{ ref("int_money__asset_monthly_tco") }}),

    members as (
        select
            valid_from,
            valid_to,
            monthly_amount as numerator,
            1 as denominator,
            1 as covered,
            1 as population,
            {{ asset_dimensions() | join(", ") }}
        from monthly
        union all
        select
            valid_from,
            valid_to,
            0 as numerator,
            0 as denominator,
            0 as covered,
            1 as population,
            {{ asset_dimensions() | join(", ") }}
        from assets
        where start_date is null or not has_acquisition
    ),

    cells as (
        {{
            kpi_cells(
                "members",
                kpi_id="tco_normalized_per_asset",
                dimensions=asset_dimensions(),
            )
        }}
    )

select *
from cells

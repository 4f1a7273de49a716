-- one row per as-of date and slice
with
    standing as (select * from {{ ref("int_assets__authorization_spans") }}),

    members as (
        select
            valid_from,
            valid_to,
            case when reason_code is not null then 1 else 0 end as numerator,
            1 as denominator,
            asset_class,
            department,
            cost_center,
            location,
            manufacturer
        from standing
    ),

    cells as (
        {{
            kpi_cells(
                "members",
                "unauthorized_asset_pct",
                asset_dimensions(),
                coverage=false,
            )
        }}
    )

select *
from cells

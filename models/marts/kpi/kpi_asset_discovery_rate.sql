-- one row per as-of date and slice
with
    discovered as (select * from {{ ref("int_devices__discovered_spans") }}),

    members as (
        select
            valid_from,
            valid_to,
            case when asset_row_id is not null then 1 else 0 end as numerator,
            1 as denominator,
            asset_class,
            department,
            cost_center,
            location,
            manufacturer
        from discovered
        where is_confirmed and ownership <> 'personal'
    ),

    cells as (
        {{
            kpi_cells(
                "members", "asset_discovery_rate", asset_dimensions(), coverage=false
            )
        }}
    )

select *
from cells

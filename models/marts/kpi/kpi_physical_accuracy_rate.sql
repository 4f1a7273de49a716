-- one row per as-of date and slice
with
    count_spans as (select * from {{ ref("int_assurance__count_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    members as (
        select
            count_spans.valid_from,
            count_spans.valid_to,
            case when count_spans.is_matched then 1 else 0 end as numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from count_spans
        left join asset_rows on asset_rows.row_id = count_spans.row_id
    ),

    kpi_physical_accuracy_rate as (
        {{
            kpi_cells(
                "members",
                "physical_accuracy_rate",
                asset_dimensions(),
                coverage=false,
            )
        }}
    )

select *
from kpi_physical_accuracy_rate

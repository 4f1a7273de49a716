-- one row per as-of date and slice
with
    count_lines as (select * from {{ ref("int_assurance__count_lines") }}),

    ever_spans as (select * from {{ ref("int_assets__ever_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    -- compared with the row of its own id, sliced by the row that survives for the
    -- asset on the day (G21)
    members as (
        select
            greatest(
                count_lines.valid_from,
                coalesce(ever_spans.valid_from, count_lines.valid_from)
            ) as valid_from,
            least(
                count_lines.valid_to,
                coalesce(ever_spans.valid_to, count_lines.valid_to)
            ) as valid_to,
            case when count_lines.is_matched then 1 else 0 end as numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from count_lines
        left join
            ever_spans
            on ever_spans.asset_key = count_lines.asset_key
            and ever_spans.valid_from < count_lines.valid_to
            and ever_spans.valid_to > count_lines.valid_from
        left join asset_rows on asset_rows.row_id = ever_spans.row_id
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

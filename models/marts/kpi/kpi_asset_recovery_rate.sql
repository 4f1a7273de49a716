-- one row per as-of date and slice
{% set kpi_id = "asset_recovery_rate" %}
with
    catalog as (
        select *
        from {{ ref("stg_policy__kpi_definitions") }}
        where kpi_id = '{{ kpi_id }}'
    ),

    obligation_spans as (select * from {{ ref("int_recovery__obligation_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    members as (
        select
            obligation_spans.valid_from,
            least(
                obligation_spans.valid_to,
                {{ add_days("obligation_spans.due_date", "catalog.window_days") }}
            ) as valid_to,
            case when obligation_spans.is_returned then 1 else 0 end as numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from obligation_spans
        cross join catalog
        inner join asset_rows on asset_rows.row_id = obligation_spans.asset_row_id
    ),

    kpi_asset_recovery_rate as (
        {{ kpi_cells("members", kpi_id, asset_dimensions(), coverage=false) }}
    )

select *
from kpi_asset_recovery_rate

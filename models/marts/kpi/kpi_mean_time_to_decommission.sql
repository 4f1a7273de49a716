-- one row per as-of date and slice
{% set kpi_id = "mean_time_to_decommission" %}
with
    catalog as (
        select *
        from {{ ref("stg_policy__kpi_definitions") }}
        where kpi_id = '{{ kpi_id }}'
    ),

    decommissions as (
        select * from {{ ref("int_lifecycle__decommissions") }} where not is_negative
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    members as (
        select
            decommissions.valid_from,
            least(
                decommissions.valid_to,
                {{ add_days("decommissions.ended_date", "catalog.window_days") }}
            ) as valid_to,
            decommissions.days as numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from decommissions
        cross join catalog
        inner join asset_rows on asset_rows.row_id = decommissions.asset_row_id
    ),

    kpi_mean_time_to_decommission as (
        {{ kpi_cells("members", kpi_id, asset_dimensions(), coverage=false) }}
    )

select *
from kpi_mean_time_to_decommission

-- one row per as-of date and slice
-- long: its coverage has another population than its value
{% set kpi_id = "mean_time_to_repair" %}
with
    catalog as (
        select *
        from {{ ref("stg_policy__kpi_definitions") }}
        where kpi_id = '{{ kpi_id }}'
    ),

    downtime_spans as (
        select *
        from {{ ref("int_service_desk__downtime_spans") }}
        where ended_at is not null
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    failures as (select * from {{ ref("int_service_desk__failures") }}),

    members as (
        select
            downtime_spans.valid_from,
            least(
                downtime_spans.valid_to,
                {{
                    add_days(
                        "cast(downtime_spans.ended_at as date)", "catalog.window_days"
                    )
                }}
            ) as valid_to,
            downtime_spans.downtime_seconds as numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from downtime_spans
        cross join catalog
        inner join asset_rows on asset_rows.row_id = downtime_spans.asset_row_id
    ),

    -- how many of the failures that ended have an asset
    linked as (
        select
            greatest(
                failures.valid_from, cast(failures.restored_at as date)
            ) as valid_from,
            least(
                failures.valid_to,
                {{
                    add_days(
                        "cast(failures.restored_at as date)", "catalog.window_days"
                    )
                }}
            ) as valid_to,
            case when failures.is_linked then 1 else 0 end as numerator,
            1 as denominator
        from failures
        cross join catalog
        where failures.restored_at is not null
    ),

    cells as ({{ kpi_cells("members", kpi_id, asset_dimensions(), coverage=false) }}),

    coverage as ({{ kpi_cells("linked", kpi_id, coverage=false) }}),

    slices as (
        select kpi_id, as_of_date, dim_type, dim_value
        from cells
        union
        select kpi_id, as_of_date, dim_type, dim_value
        from coverage
    ),

    -- seconds are added up, hours are shown; coverage is that of all incidents, which
    -- have no slices
    kpi_mean_time_to_repair as (
        select
            slices.kpi_id,
            slices.as_of_date,
            slices.dim_type,
            slices.dim_value,
            {{ exact_quotient("coalesce(cells.numerator, 0)", "3600") }} as numerator,
            coalesce(cells.denominator, 0) as denominator,
            coalesce(coverage.numerator, 0) as covered,
            coalesce(coverage.denominator, 0) as population
        from slices
        left join
            cells
            on cells.as_of_date = slices.as_of_date
            and cells.dim_type = slices.dim_type
            and cells.dim_value = slices.dim_value
        left join
            coverage
            on coverage.as_of_date = slices.as_of_date
            and coverage.dim_type = slices.dim_type
            and coverage.dim_value = slices.dim_value
    )

select *
from kpi_mean_time_to_repair

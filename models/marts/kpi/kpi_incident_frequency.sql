-- one row per as-of date and slice
{% set kpi_id = "incident_frequency" %}
with
    failure_cells as (select * from {{ ref("int_service_desk__failure_cells") }}),

    failures as (select * from {{ ref("int_service_desk__failures") }}),

    linked as (
        select
            greatest(valid_from, cast(opened_at as date)) as valid_from,
            least(valid_to, {{ t12m_end("cast(opened_at as date)") }}) as valid_to,
            case when is_linked then 1 else 0 end as numerator,
            1 as denominator
        from failures
    ),

    coverage as ({{ kpi_cells("linked", kpi_id, coverage=false) }}),

    slices as (
        select as_of_date, dim_type, dim_value
        from failure_cells
        union
        select as_of_date, dim_type, dim_value
        from coverage
    ),

    -- per 100 asset-years; coverage is that of all incidents, which have no slices
    kpi_incident_frequency as (
        select
            '{{ kpi_id }}' as kpi_id,
            slices.as_of_date,
            slices.dim_type,
            slices.dim_value,
            coalesce(failure_cells.failures, 0) as numerator,
            {{ exact_quotient("coalesce(failure_cells.asset_days, 0)", "36500") }}
            as denominator,
            coalesce(coverage.numerator, 0) as covered,
            coalesce(coverage.denominator, 0) as population
        from slices
        left join
            failure_cells
            on failure_cells.as_of_date = slices.as_of_date
            and failure_cells.dim_type = slices.dim_type
            and failure_cells.dim_value = slices.dim_value
        left join
            coverage
            on coverage.as_of_date = slices.as_of_date
            and coverage.dim_type = slices.dim_type
            and coverage.dim_value = slices.dim_value
    )

select *
from kpi_incident_frequency

-- one row per as-of date
{% set kpi_id = "renewal_optimization_rate" %}
with
    catalog as (
        select *
        from {{ ref("stg_policy__kpi_definitions") }}
        where kpi_id = '{{ kpi_id }}'
    ),

    decisions as (select * from {{ ref("int_renewals__decisions") }}),

    members as (
        select
            greatest(decisions.valid_from, decisions.deadline) as valid_from,
            least(
                decisions.valid_to,
                {{ add_days("decisions.deadline", "catalog.window_days") }}
            ) as valid_to,
            case when decisions.is_reviewed then 1 else 0 end as numerator,
            1 as denominator
        from decisions
        cross join catalog
    ),

    kpi_renewal_optimization_rate as (
        {{ kpi_cells("members", kpi_id, coverage=false) }}
    )

select *
from kpi_renewal_optimization_rate

-- one row per as-of date
with
    audit_results as (select * from {{ ref("int_assurance__audit_results") }}),

    members as (
        select
            valid_from,
            valid_to,
            passed as numerator,
            executed as denominator,
            case when is_measured then 1 else 0 end as covered,
            1 as population
        from audit_results
    ),

    kpi_audit_success_rate as ({{ kpi_cells("members", "audit_success_rate") }})

select *
from kpi_audit_success_rate

-- one row per as-of date and slice
with
    findings as (select * from {{ ref("int_assurance__findings") }} where is_counted),

    members as (
        select
            greatest(valid_from, opened_on) as valid_from,
            least(valid_to, {{ t12m_end("opened_on") }}) as valid_to,
            1 as numerator,
            0 as denominator,
            severity
        from findings
    ),

    kpi_audit_findings_count as (
        {{ kpi_cells("members", "audit_findings_count", ["severity"], coverage=false) }}
    )

select *
from kpi_audit_findings_count

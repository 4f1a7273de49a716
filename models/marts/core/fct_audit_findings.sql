-- one row per audit finding, as the audit system's state has it on the newest as-of
-- date
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    findings as (
        select findings.*, calendar.last_day
        from {{ ref("int_assurance__findings") }} as findings
        inner join
            calendar
            on findings.valid_from <= calendar.last_day
            and findings.valid_to > calendar.last_day
    ),

    audit_findings as (
        select
            audit_findings.finding_row_id,
            concat_ws(
                '', audit_findings.source_system, '|', audit_findings.audit_id
            ) as audit_key
        from {{ ref("int_assurance__audit_findings") }} as audit_findings
        inner join
            calendar
            on audit_findings.valid_from <= calendar.last_day
            and audit_findings.valid_to > calendar.last_day
    ),

    fct_audit_findings as (
        select
            concat_ws(
                '', findings.source_system, '|', findings.finding_id
            ) as finding_key,
            audit_findings.audit_key,
            findings.source_system,
            findings.finding_id,
            findings.audit_id,
            findings.severity,
            findings.category,
            findings.canonical_status as status,
            findings.is_counted,

            findings.opened_on as opened_date,
            findings.due_on as due_date,
            findings.closed_on as closed_date,
            coalesce(
                findings.canonical_status = 'open'
                and findings.due_on < findings.last_day,
                false
            ) as is_overdue,

            findings.repeat_of as repeat_of_finding_id,
            cast(findings.financial_exposure as decimal(18, 2)) as financial_exposure,
            upper(trim(findings.currency)) as currency
        from findings
        left join
            audit_findings on audit_findings.finding_row_id = findings.finding_row_id
    )

select *
from fct_audit_findings

-- one row per audit finding and version that the state of the audit system knew
with
    findings as (
        select * from {{ state_of("stg_assurance__audit_finding") }} as finding
    ),

    statuses as (
        select * from {{ ref("int_policy__statuses") }} where feed = 'audit_finding'
    ),

    assurance__findings as (
        select
            findings.row_id as finding_row_id,
            findings.source_system,
            findings.finding_id,
            findings.audit_id,
            findings.severity,
            findings.category,
            statuses.canonical_status,
            findings.opened_on,
            findings.due_on,
            findings.closed_on,
            findings.repeat_of,
            findings.financial_exposure,
            findings.currency,
            statuses.canonical_status <> 'withdrawn'
            and findings.severity <> 'info' as is_counted,
            findings.valid_from,
            findings.valid_to
        from findings
        inner join
            statuses
            on statuses.source_system = findings.source_system
            and statuses.raw_status = lower(trim(coalesce(findings.status, '')))
    )

select *
from assurance__findings

-- one row per audit, version that the state of the audit system knew, and whether it
-- was free of grave findings
with
    audits as (select * from {{ state_of("stg_assurance__audit") }} as audit),

    statuses as (select * from {{ ref("int_policy__statuses") }} where feed = 'audit'),

    grave_findings as (
        select *
        from {{ ref("int_assurance__audit_findings") }}
        where severity in ('critical', 'major')
    ),

    parts as (
        select
            source_system,
            audit_id,
            row_id as audit_row_id,
            0 as grave_findings,
            valid_from,
            valid_to
        from audits
        union all
        select
            source_system,
            audit_id,
            cast(0 as bigint) as audit_row_id,
            1 as grave_findings,
            valid_from,
            valid_to
        from grave_findings
    ),

    swept as (
        {{
            sweep(
                "parts",
                keys=["source_system", "audit_id"],
                weights=["audit_row_id", "grave_findings"],
                having="audit_row_id > 0",
            )
        }}
    ),

    assurance__audits as (
        select
            audits.row_id as audit_row_id,
            audits.source_system,
            audits.audit_id,
            audits.audit_type,
            audits.scope,
            statuses.canonical_status,
            audits.started_on,
            audits.closed_on,
            audits.tests_executed,
            audits.tests_passed,
            audits.passed_after_retest,
            audits.settlement_amount,
            audits.currency,
            cast(swept.grave_findings as integer) as grave_findings,
            swept.valid_from,
            swept.valid_to
        from swept
        inner join
            audits
            on audits.row_id = cast(swept.audit_row_id as bigint)
            and audits.valid_from < swept.valid_to
            and audits.valid_to > swept.valid_from
        inner join
            statuses
            on statuses.source_system = audits.source_system
            and statuses.raw_status = lower(trim(coalesce(audits.status, '')))
    )

select *
from assurance__audits

-- one row per audit, as the audit system's state has it on the newest as-of date
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    audits as (
        select audits.*
        from {{ ref("int_assurance__audits") }} as audits
        inner join
            calendar
            on audits.valid_from <= calendar.last_day
            and audits.valid_to > calendar.last_day
    ),

    findings as (
        select audit_findings.*
        from {{ ref("int_assurance__audit_findings") }} as audit_findings
        inner join
            calendar
            on audit_findings.valid_from <= calendar.last_day
            and audit_findings.valid_to > calendar.last_day
    ),

    counted as (
        select
            source_system,
            audit_id,
            sum(case when severity = 'critical' then 1 else 0 end) as critical_findings,
            sum(case when severity = 'major' then 1 else 0 end) as major_findings,
            sum(case when severity = 'minor' then 1 else 0 end) as minor_findings,
            sum(case when canonical_status = 'open' then 1 else 0 end) as open_findings
        from findings
        group by source_system, audit_id
    ),

    fct_audits as (
        select
            concat_ws('', audits.source_system, '|', audits.audit_id) as audit_key,
            audits.source_system,
            audits.audit_id,
            audits.audit_type,
            audits.scope,
            audits.canonical_status as status,

            audits.started_on as started_date,
            audits.closed_on as closed_date,

            audits.tests_executed,
            audits.tests_passed,
            audits.passed_after_retest as tests_passed_after_retest,
            cast(coalesce(counted.critical_findings, 0) as bigint) as critical_findings,
            cast(coalesce(counted.major_findings, 0) as bigint) as major_findings,
            cast(coalesce(counted.minor_findings, 0) as bigint) as minor_findings,
            cast(coalesce(counted.open_findings, 0) as bigint) as open_findings,
            cast(audits.settlement_amount as decimal(18, 2)) as settlement_amount,
            audits.currency as settlement_currency
        from audits
        left join
            counted
            on counted.source_system = audits.source_system
            and counted.audit_id = audits.audit_id
    )

select *
from fct_audits

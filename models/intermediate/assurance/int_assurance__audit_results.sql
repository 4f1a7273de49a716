-- one row per closed audit, version, way of measuring and span of days on which it
-- counts
-- long: tests or findings decide, then each audit says what it brings
with
    closed_audits as (
        select
            audits.*,
            coalesce(tests_executed > 0, false) as has_tests,
            greatest(valid_from, closed_on) as counted_from,
            least(valid_to, {{ t12m_end("closed_on") }}) as counted_to
        from {{ ref("int_assurance__audits") }} as audits
        where canonical_status = 'closed' and closed_on is not null
    ),

    finding_feed as (
        select * from {{ ref("int_feeds__alive_spans") }} where feed = 'audit_finding'
    ),

    -- what there was on each day: audits with tests, and whether findings can be read
    parts as (
        select
            1 as organisation,
            1 as closed,
            case when has_tests then 1 else 0 end as tested,
            0 as readable,
            counted_from as valid_from,
            counted_to as valid_to
        from closed_audits
        union all
        select
            1 as organisation,
            0 as closed,
            0 as tested,
            1 as readable,
            valid_from,
            valid_to
        from finding_feed
    ),

    days as (
        {{
            sweep(
                "parts",
                keys=["organisation"],
                weights=["closed", "tested", "readable"],
                having="closed > 0",
            )
        }}
    ),

    -- only when no audit has tests, findings decide; without that feed nothing does
    decided as (
        select
            case
                when tested > 0
                then 'tests'
                when readable > 0
                then 'findings'
                else 'none'
            end as basis,
            valid_from,
            valid_to
        from days
    ),

    bases as ({{ merge_spans("decided", ["basis"]) }}),

    audit_results as (
        select
            closed_audits.audit_row_id,
            closed_audits.source_system,
            closed_audits.audit_id,
            bases.basis,
            case
                when bases.basis = 'tests' and closed_audits.has_tests
                then coalesce(closed_audits.tests_passed, 0)
                when bases.basis = 'findings' and closed_audits.grave_findings = 0
                then 1
                else 0
            end as passed,
            case
                when bases.basis = 'tests' and closed_audits.has_tests
                then closed_audits.tests_executed
                when bases.basis = 'findings'
                then 1
                else 0
            end as executed,
            bases.basis <> 'tests' or closed_audits.has_tests as is_measured,
            closed_audits.grave_findings,
            closed_audits.passed_after_retest,
            closed_audits.settlement_amount,
            closed_audits.currency,
            greatest(closed_audits.counted_from, bases.valid_from) as valid_from,
            least(closed_audits.counted_to, bases.valid_to) as valid_to
        from closed_audits
        inner join
            bases
            on bases.valid_from < closed_audits.counted_to
            and bases.valid_to > closed_audits.counted_from
        where closed_audits.counted_from < closed_audits.counted_to
    )

select *
from audit_results

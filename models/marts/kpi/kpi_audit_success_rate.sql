-- one row per as-of date
with
    closed_audits as (
        select *
        from {{ ref("int_assurance__audits") }}
        where canonical_status = 'closed' and closed_on is not null
    ),

    finding_feed as (
        select * from {{ ref("int_feeds__alive_spans") }} where feed = 'audit_finding'
    ),

    -- what there was on each day: closed audits of twelve months, their tests, and
    -- whether findings can be read
    parts as (
        select
            1 as organisation,
            1 as closed,
            case when grave_findings = 0 then 1 else 0 end as clean,
            case when tests_executed > 0 then 1 else 0 end as tested,
            case when tests_executed > 0 then tests_executed else 0 end as executed,
            case
                when tests_executed > 0 then coalesce(tests_passed, 0) else 0
            end as passed,
            0 as readable,
            greatest(valid_from, closed_on) as valid_from,
            least(valid_to, {{ t12m_end("closed_on") }}) as valid_to
        from closed_audits
        union all
        select
            1 as organisation,
            0 as closed,
            0 as clean,
            0 as tested,
            0 as executed,
            0 as passed,
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
                weights=[
                    "closed",
                    "clean",
                    "tested",
                    "executed",
                    "passed",
                    "readable",
                ],
                having="closed > 0",
            )
        }}
    ),

    -- only when no audit has tests, findings decide; without that feed nothing does
    members as (
        select
            valid_from,
            valid_to,
            case
                when tested > 0 then passed when readable > 0 then clean else 0
            end as numerator,
            case
                when tested > 0 then executed when readable > 0 then closed else 0
            end as denominator,
            case when tested > 0 then tested else closed end as covered,
            closed as population
        from days
    ),

    kpi_audit_success_rate as ({{ kpi_cells("members", "audit_success_rate") }})

select *
from kpi_audit_success_rate

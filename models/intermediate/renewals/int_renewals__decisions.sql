-- one row per contract version, decision deadline and span of days on which the
-- long: terms, deadlines and reviews of a contract in one place
-- contract's state has it
{% set parts_of_a_decision = [
    "decision",
    "review",
    "blind_review",
    "late_review",
    "auto_renewal",
    "right_sizing",
] %}
with
    contracts as (
        select * from {{ ref("int_renewals__contracts") }} where is_renewal_decision
    ),

    contract_spans as (
        select row_id, source_system, contract_id, valid_from, valid_to
        from {{ state_of("stg_licensing__contract") }} as contract
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    -- notice may be longer than a year
    years as (
        select extract(year from days.date_day) + ahead.years as calendar_year
        from {{ ref("int_calendar__days") }} as days
        cross join
            (
                select 0 as years
                union all
                select 1 as years
                union all
                select 2 as years
            ) as ahead
        group by 1
    ),

    -- an evergreen contract renews on every anniversary
    terms as (
        select contract_row_id, end_date as term_end_date, notice_days
        from contracts
        where end_date is not null
        union all
        select
            contracts.contract_row_id,
            {{
                add_months(
                    "contracts.start_date",
                    "cast(12 * (years.calendar_year - extract(year from contracts.start_date)) as integer)",
                )
            }}
            as term_end_date,
            contracts.notice_days
        from contracts
        cross join years
        where
            contracts.end_date is null
            and years.calendar_year > extract(year from contracts.start_date)
    ),

    deadlines as (
        select
            contract_row_id,
            term_end_date,
            notice_days,
            {{ add_days("term_end_date", "(-1 * notice_days)") }} as deadline
        from terms
    ),

    named as (
        select
            'contract_id' as ref_kind,
            contract_id as ref_id,
            source_system,
            contract_id as entity_key,
            valid_from,
            valid_to
        from contract_spans
    ),

    named_spans as (
        {{
            merge_spans(
                "named", ["ref_kind", "ref_id", "source_system", "entity_key"]
            )
        }}
    ),

    contract_ids as ({{ sole_references("named_spans") }}),

    -- what happened to the contract around each deadline
    happened as (
        select
            deadlines.contract_row_id,
            deadlines.deadline,
            case
                when
                    cast(events.event_at as date) <= deadlines.deadline
                    and (
                        events.event_type = 'cancelled'
                        or (events.event_type = 'reviewed' and events.usage_evidence)
                    )
                then 'review'
                when events.event_type = 'auto_renewed'
                then 'auto_renewal'
                when events.event_type in ('resized', 'renewed')
                then 'right_sizing'
                when cast(events.event_at as date) > deadlines.deadline
                then 'late_review'
                else 'blind_review'
            end as part,
            greatest(
                contract_ids.valid_from, cast(events.event_at as date)
            ) as valid_from,
            contract_ids.valid_to
        from deadlines
        cross join policy
        inner join contracts on contracts.contract_row_id = deadlines.contract_row_id
        inner join
            contract_ids
            on contract_ids.ref_id = contracts.contract_id
            and contract_ids.source_system = contracts.source_system
        inner join
            {{ ref("stg_licensing__renewal_event") }} as events
            on events.contract_id = contracts.contract_id
            and (events.source_system = contracts.source_system or contract_ids.is_sole)
        where
            (
                events.event_type
                in ('reviewed', 'cancelled', 'auto_renewed', 'resized')
                or (
                    events.event_type = 'renewed'
                    and (
                        events.new_quantity < events.old_quantity
                        or events.new_value < events.old_value
                    )
                )
            )
            and cast(events.event_at as date)
            >= {{ add_days("deadlines.deadline", "(-1 * policy.renewal_review_days)") }}
            and cast(events.event_at as date)
            <= {{ add_days("deadlines.term_end_date", "deadlines.notice_days") }}
    ),

    parts as (
        select
            deadlines.contract_row_id,
            deadlines.deadline,
            'decision' as part,
            contract_spans.valid_from,
            contract_spans.valid_to
        from deadlines
        inner join contract_spans on contract_spans.row_id = deadlines.contract_row_id
        union all
        select contract_row_id, deadline, part, valid_from, valid_to
        from happened
    ),

    weighed as (
        select
            contract_row_id,
            deadline,
            {%- for part in parts_of_a_decision %}
                case when part = '{{ part }}' then 1 else 0 end as {{ part }},
            {%- endfor %}
            valid_from,
            valid_to
        from parts
    ),

    days as (
        {{
            sweep(
                "weighed",
                keys=["contract_row_id", "deadline"],
                weights=parts_of_a_decision,
                having="decision > 0",
            )
        }}
    ),

    renewals__decisions as (
        select
            days.contract_row_id,
            deadlines.term_end_date,
            days.deadline,
            days.review > 0 as is_reviewed,
            case
                when days.review > 0
                then null
                when days.blind_review > 0
                then 'reviewed_without_usage'
                when days.late_review > 0
                then 'reviewed_too_late'
                when contracts.is_auto_renewed or days.auto_renewal > 0
                then 'renewed_unreviewed'
                else 'not_reviewed'
            end as reason_code,
            days.auto_renewal > 0 or contracts.is_auto_renewed as renews_by_itself,
            days.right_sizing > 0 as is_right_sized,
            days.valid_from,
            days.valid_to
        from days
        inner join contracts on contracts.contract_row_id = days.contract_row_id
        inner join
            deadlines
            on deadlines.contract_row_id = days.contract_row_id
            and deadlines.deadline = days.deadline
    )

select *
from renewals__decisions

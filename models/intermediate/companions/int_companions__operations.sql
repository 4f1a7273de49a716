-- one row per KPI, as-of date, slice and name of a companion
-- long: eleven KPIs, and every name once
{% set day_zero = "timestamp '1900-01-01 00:00:00'" %}
{% set companions = [
    (
        "life_cells",
        "lifecycle_completion_rate",
        {
            "lost_count": "count",
            "in_use_past_life_count": "count",
            "disposal_pending_count": "count",
            "disposed_late_count": "count",
            "disposed_unsanitised_count": "count",
        },
    ),
    (
        "stage_cells",
        "stage_punctuality_rate",
        {"stage_rate": "rate", "due_count": "count"},
    ),
    (
        "slowest_stage_cells",
        "stage_punctuality_rate",
        {"lowest_stage_rate": "rate"},
    ),
    (
        "backlog_cells",
        "mean_time_to_decommission",
        {
            "overdue_backlog_count": "count",
            "unsanitised_backlog_count": "count",
        },
    ),
    (
        "repair_cells",
        "mean_time_to_repair",
        {"mttr_incl_open": "hours", "reopen_count": "count"},
    ),
    (
        "recovery_cells",
        "asset_recovery_rate",
        {
            "open_data_bearing_count": "count",
            "returned_late_count": "count",
            "inferred_count": "count",
            "open_any_age_count": "count",
        },
    ),
    ("open_value_cells", "asset_recovery_rate", {"open_value": "currency"}),
    (
        "finding_cells",
        "audit_findings_count",
        {
            "open_count": "count",
            "overdue_count": "count",
            "repeat_count": "count",
            "findings_per_100_tests": "count",
        },
    ),
    (
        "finding_source_cells",
        "audit_findings_count",
        {"findings_count": "count"},
    ),
    (
        "audit_cells",
        "audit_success_rate",
        {
            "closed_audit_count": "count",
            "clean_audit_rate": "rate",
            "passed_after_retest_rate": "rate",
        },
    ),
    (
        "settlement_cells",
        "audit_success_rate",
        {"settlement_amount": "currency"},
    ),
    (
        "decision_cells",
        "renewal_optimization_rate",
        {
            "value_weighted_rate": "rate",
            "renewed_unreviewed_rate": "rate",
            "right_sized_rate": "rate",
            "savings_amount": "currency",
            "due_in_180_days_count": "count",
            "due_in_180_days_amount": "currency",
            "unreviewed_in_180_days_count": "count",
            "due_in_90_days_count": "count",
            "due_in_90_days_amount": "currency",
            "unreviewed_in_90_days_count": "count",
            "due_in_60_days_count": "count",
            "due_in_60_days_amount": "currency",
            "unreviewed_in_60_days_count": "count",
            "due_in_30_days_count": "count",
            "due_in_30_days_amount": "currency",
            "unreviewed_in_30_days_count": "count",
        },
    ),
    (
        "sanitization_cells",
        "data_sanitization_rate",
        {
            "violation_count": "count",
            "lost_count": "count",
            "backlog_count": "count",
            "overdue_count": "count",
            "on_time_rate": "rate",
            "attempt_count": "count",
            "attempt_success_rate": "rate",
        },
    ),
    (
        "failing_cells",
        "incident_frequency",
        {
            "failed_asset_count": "count",
            "repeat_failure_asset_count": "count",
            "repeat_failure_share": "rate",
        },
    ),
    ("mtbf_cells", "incident_frequency", {"mtbf_days": "days"}),
    (
        "unlinked_cells",
        "incident_frequency",
        {"unlinked_incident_count": "count"},
    ),
] %}
with
    dates as (select * from {{ ref("int_calendar__as_of_dates") }} where has_slices),

    catalog as (select * from {{ ref("stg_policy__kpi_definitions") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    lives as (
        select
            case
                when asset_rows.disposal_method = 'lost' then 1 else 0
            end as lost_count,
            {%- for reason, name in {
                "in_use_past_life": "in_use_past_life_count",
                "disposal_pending": "disposal_pending_count",
                "disposed_late": "disposed_late_count",
                "disposed_unsanitised": "disposed_unsanitised_count",
            }.items() %}
                case
                    when ended_lives.reason_code = '{{ reason }}' then 1 else 0
                end as {{ name }},
            {%- endfor %}
            ended_lives.valid_from,
            ended_lives.valid_to
        from {{ ref("int_lifecycle__ended_lives") }} as ended_lives
        inner join asset_rows on asset_rows.row_id = ended_lives.asset_row_id
    ),

    stages as (
        select
            stage,
            1 as due_count,
            case when is_on_time then 1 else 0 end as on_time_count,
            valid_from,
            valid_to
        from {{ ref("int_lifecycle__stages") }}
    ),

    decommission_exceptions as (
        select
            case
                when reason_code = 'disposal_overdue' then 1 else 0
            end as overdue_backlog_count,
            case
                when reason_code = 'disposed_unsanitised' then 1 else 0
            end as unsanitised_backlog_count,
            valid_from,
            valid_to
        from {{ ref("int_exceptions__operations") }}
        where kpi_id = 'mean_time_to_decommission'
    ),

    -- how long an open one lasts on the day is a matter of two sums
    downtimes as (
        select
            case when ended_at is not null then 1 else 0 end as closed_count,
            coalesce(downtime_seconds, 0) as closed_seconds,
            case when ended_at is null then 1 else 0 end as open_count,
            case
                when ended_at is null
                then {{ dbt.datediff(day_zero, "began_at", "second") }}
                else 0
            end as began_seconds,
            valid_from,
            case
                when ended_at is null
                then valid_to
                else
                    least(
                        valid_to,
                        {{ add_days("cast(ended_at as date)", "catalog.window_days") }}
                    )
            end as valid_to
        from {{ ref("int_service_desk__downtime_spans") }}
        inner join catalog on catalog.kpi_id = 'mean_time_to_repair'
    ),

    restored as (
        select
            failures.reopen_count,
            greatest(
                failures.valid_from, cast(failures.restored_at as date)
            ) as valid_from,
            least(
                failures.valid_to,
                {{
                    add_days(
                        "cast(failures.restored_at as date)", "catalog.window_days"
                    )
                }}
            ) as valid_to
        from {{ ref("int_service_desk__failures") }} as failures
        inner join catalog on catalog.kpi_id = 'mean_time_to_repair'
        where failures.restored_at is not null
    ),

    obligations as (
        select
            case
                when asset_rows.is_data_bearing and not spans.is_returned then 1 else 0
            end as open_data_bearing_count,
            case
                when spans.is_returned and not spans.is_returned_on_time then 1 else 0
            end as returned_late_count,
            case when spans.is_inferred then 1 else 0 end as inferred_count,
            0 as open_any_age_count,
            spans.valid_from,
            least(
                spans.valid_to, {{ add_days("spans.due_date", "catalog.window_days") }}
            ) as valid_to
        from {{ ref("int_recovery__obligation_spans") }} as spans
        inner join catalog on catalog.kpi_id = 'asset_recovery_rate'
        inner join asset_rows on asset_rows.row_id = spans.asset_row_id
        union all
        select
            0 as open_data_bearing_count,
            0 as returned_late_count,
            0 as inferred_count,
            1 as open_any_age_count,
            valid_from,
            valid_to
        from {{ ref("int_recovery__obligation_spans") }}
        where not is_returned
    ),

    counted_findings as (
        select * from {{ ref("int_assurance__findings") }} where is_counted
    ),

    findings as (
        select
            0 as open_count,
            0 as overdue_count,
            1 as findings_count,
            case when repeat_of <> '' then 1 else 0 end as repeat_count,
            greatest(valid_from, opened_on) as valid_from,
            least(valid_to, {{ t12m_end("opened_on") }}) as valid_to
        from counted_findings
        union all
        select
            1 as open_count,
            0 as overdue_count,
            0 as findings_count,
            0 as repeat_count,
            greatest(valid_from, opened_on) as valid_from,
            valid_to
        from counted_findings
        where canonical_status = 'open'
        union all
        select
            0 as open_count,
            1 as overdue_count,
            0 as findings_count,
            0 as repeat_count,
            greatest(valid_from, opened_on, {{ add_days("due_on", 1) }}) as valid_from,
            valid_to
        from counted_findings
        where canonical_status = 'open' and due_on is not null
    ),

    finding_sources as (
        select
            audits.audit_type,
            1 as findings_count,
            greatest(
                audit_findings.valid_from, audits.valid_from, counted_findings.opened_on
            ) as valid_from,
            least(
                audit_findings.valid_to,
                audits.valid_to,
                {{ t12m_end("counted_findings.opened_on") }}
            ) as valid_to
        from {{ ref("int_assurance__audit_findings") }} as audit_findings
        inner join
            counted_findings
            on counted_findings.finding_row_id = audit_findings.finding_row_id
            and counted_findings.valid_from <= audit_findings.valid_from
            and counted_findings.valid_to >= audit_findings.valid_to
        inner join
            {{ ref("int_assurance__audits") }} as audits
            on audits.source_system = audit_findings.source_system
            and audits.audit_id = audit_findings.audit_id
            and audits.valid_from < audit_findings.valid_to
            and audits.valid_to > audit_findings.valid_from
    ),

    audits as (
        select
            1 as closed_audit_count,
            case when grave_findings = 0 then 1 else 0 end as clean_audit_count,
            case when basis = 'tests' then executed else 0 end as tests_executed,
            case
                when basis = 'tests'
                then passed + coalesce(passed_after_retest, 0)
                else 0
            end as tests_passed_in_the_end,
            valid_from,
            valid_to
        from {{ ref("int_assurance__audit_results") }}
    ),

    settlements as (
        select *
        from {{ ref("int_impact__operations") }}
        where kpi_id = 'audit_success_rate'
    ),

    failing_assets as (
        select
            asset_rows.asset_class,
            1 as failed_asset_count,
            case
                when asset_failures.failures > 1 then 1 else 0
            end as repeat_failure_asset_count,
            asset_failures.valid_from,
            asset_failures.valid_to
        from {{ ref("int_service_desk__asset_failures") }} as asset_failures
        inner join asset_rows on asset_rows.row_id = asset_failures.asset_row_id
    ),

    unlinked as (
        select
            1 as unlinked_incident_count,
            greatest(valid_from, cast(opened_at as date)) as valid_from,
            least(valid_to, {{ t12m_end("cast(opened_at as date)") }}) as valid_to
        from {{ ref("int_service_desk__failures") }}
        where not is_linked
    ),

    life_cells as (
        {{
            span_sums(
                "lives",
                [
                    "lost_count",
                    "in_use_past_life_count",
                    "disposal_pending_count",
                    "disposed_late_count",
                    "disposed_unsanitised_count",
                ],
            )
        }}
    ),

    stage_cells as (
        select
            as_of_date,
            dim_type,
            dim_value,
            due_count,
            {{ exact_quotient("on_time_count", "due_count") }} as stage_rate
        from
            (
                {{ span_sums("stages", ["due_count", "on_time_count"], ["stage"]) }}
            ) as sums
        where dim_type = 'stage'
    ),

    slowest_stage_cells as (
        select
            as_of_date,
            'all' as dim_type,
            'all' as dim_value,
            min(stage_rate) as lowest_stage_rate
        from stage_cells
        group by as_of_date
    ),

    backlog_cells as (
        {{
            span_sums(
                "decommission_exceptions",
                ["overdue_backlog_count", "unsanitised_backlog_count"],
            )
        }}
    ),

    restored_cells as ({{ span_sums("restored", ["reopen_count"]) }}),

    downtime_cells as (
        {{
            span_sums(
                "downtimes",
                ["closed_count", "closed_seconds", "open_count", "began_seconds"],
            )
        }}
    ),

    repair_cells as (
        select
            dates.as_of_date,
            'all' as dim_type,
            'all' as dim_value,
            {{
                exact_quotient(
                    "downtime_cells.closed_seconds + downtime_cells.open_count * "
                    ~ dbt.datediff(
                        day_zero, add_days("dates.as_of_date", 1), "second"
                    )
                    ~ " - downtime_cells.began_seconds",
                    "3600 * (downtime_cells.closed_count + downtime_cells.open_count)",
                )
            }} as mttr_incl_open,
            coalesce(restored_cells.reopen_count, 0) as reopen_count
        from dates
        left join downtime_cells on downtime_cells.as_of_date = dates.as_of_date
        left join restored_cells on restored_cells.as_of_date = dates.as_of_date
    ),

    recovery_cells as (
        {{
            span_sums(
                "obligations",
                [
                    "open_data_bearing_count",
                    "returned_late_count",
                    "inferred_count",
                    "open_any_age_count",
                ],
            )
        }}
    ),

    open_value_cells as (
        select
            valid_from as as_of_date,
            'all' as dim_type,
            'all' as dim_value,
            sum(amount) as open_value
        from {{ ref("int_recovery__obligation_values") }}
        where kpi_id = 'asset_recovery_rate'
        group by valid_from
    ),

    audit_sums as (
        {{
            span_sums(
                "audits",
                [
                    "closed_audit_count",
                    "clean_audit_count",
                    "tests_executed",
                    "tests_passed_in_the_end",
                ],
            )
        }}
    ),

    audit_cells as (
        select
            as_of_date,
            dim_type,
            dim_value,
            closed_audit_count,
            {{ exact_quotient("clean_audit_count", "closed_audit_count") }}
            as clean_audit_rate,
            {{ exact_quotient("tests_passed_in_the_end", "tests_executed") }}
            as passed_after_retest_rate
        from audit_sums
    ),

    finding_cells as (
        select
            sums.as_of_date,
            sums.dim_type,
            sums.dim_value,
            sums.open_count,
            sums.overdue_count,
            sums.repeat_count,
            {{
                exact_quotient(
                    "100 * sums.findings_count", "audit_sums.tests_executed"
                )
            }} as findings_per_100_tests
        from
            (
                {{
                    span_sums(
                        "findings",
                        [
                            "open_count",
                            "overdue_count",
                            "findings_count",
                            "repeat_count",
                        ],
                    )
                }}
            ) as sums
        left join audit_sums on audit_sums.as_of_date = sums.as_of_date
    ),

    finding_source_cells as (
        select *
        from
            (
                {{ span_sums("finding_sources", ["findings_count"], ["audit_type"]) }}
            ) as sums
        where dim_type = 'audit_type'
    ),

    settlement_cells as (
        select
            dates.as_of_date,
            'all' as dim_type,
            'all' as dim_value,
            sum({{ to_base("settlements.amount", "rates.rate") }}) as settlement_amount
        from settlements
        inner join
            dates
            on dates.as_of_date >= settlements.valid_from
            and dates.as_of_date < settlements.valid_to
        inner join
            rates
            on rates.currency = settlements.currency
            and rates.date_day = dates.as_of_date
        group by dates.as_of_date
    ),

    decision_cells as (
        select decision_cells.*, 'all' as dim_type, 'all' as dim_value
        from {{ ref("int_renewals__decision_cells") }} as decision_cells
    ),

    sanitization_cells as (
        select sanitization_cells.*, 'all' as dim_type, 'all' as dim_value
        from {{ ref("int_lifecycle__sanitization_cells") }} as sanitization_cells
    ),

    failing_cells as (
        select
            as_of_date,
            dim_type,
            dim_value,
            failed_asset_count,
            repeat_failure_asset_count,
            {{ exact_quotient("repeat_failure_asset_count", "failed_asset_count") }}
            as repeat_failure_share
        from
            (
                {{
                    span_sums(
                        "failing_assets",
                        ["failed_asset_count", "repeat_failure_asset_count"],
                        ["asset_class"],
                    )
                }}
            ) as sums
    ),

    mtbf_cells as (
        select
            as_of_date,
            dim_type,
            dim_value,
            {{ exact_quotient("asset_days", "failures") }} as mtbf_days
        from {{ ref("int_service_desk__failure_cells") }}
        where dim_type in ('all', 'asset_class') and asset_days > 0
    ),

    unlinked_cells as ({{ span_sums("unlinked", ["unlinked_incident_count"]) }}),

    companions as (
        {% for relation, kpi_id, columns in companions %}
            {% set last_relation = loop.last %}
            {% for column, unit in columns.items() %}
                select
                    '{{ kpi_id }}' as kpi_id,
                    as_of_date,
                    dim_type,
                    dim_value,
                    '{{ column }}' as name,
                    cast({{ column }} as double) as value,
                    '{{ unit }}' as unit
                from {{ relation }}
                where
                    {{ column }} is not null
                    {{ "union all" if not (last_relation and loop.last) }}
            {% endfor %}
        {% endfor %}
    ),

    int_companions__operations as (
        select companions.*
        from companions
        inner join dates on dates.as_of_date = companions.as_of_date
    )

select *
from int_companions__operations

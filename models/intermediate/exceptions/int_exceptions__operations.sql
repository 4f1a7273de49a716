-- one row per KPI, member to act on, reason and span of days
-- long: eleven KPIs in one shape
with
    catalog as (select * from {{ ref("stg_policy__kpi_definitions") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    open_downtimes as (
        select *
        from {{ ref("int_service_desk__downtime_spans") }}
        where ended_at is null
    ),

    negative_intervals as (
        select *
        from {{ ref("int_service_desk__downtime_intervals") }}
        where is_negative
    ),

    ever_spans as (select * from {{ ref("int_assets__ever_spans") }}),

    obligations as (select * from {{ ref("int_recovery__obligation_spans") }}),

    ended_lives as (
        select * from {{ ref("int_lifecycle__ended_lives") }} where not is_complete
    ),

    stages as (
        select
            stages.*,
            concat_ws('', asset_key, '|', stage) as stage_key,
            replace(stage, '_', ' ') as detail,
            case
                when to_date < valid_to then greatest(to_date, valid_from) else valid_to
            end as done_from
        from {{ ref("int_lifecycle__stages") }} as stages
        where not is_on_time
    ),

    open_decommissions as (
        select
            decommissions.*,
            {{ add_days("decommissions.started_date", "policy.stage_limit_days") }}
            as due_date
        from {{ ref("int_lifecycle__open_decommissions") }} as decommissions
        cross join policy
    ),

    negative_decommissions as (
        select * from {{ ref("int_lifecycle__decommissions") }} where is_negative
    ),

    sanitization_cases as (
        select
            cases.*,
            {{ add_days("cases.left_date", "policy.sanitization_on_time_days") }}
            as due_date
        from {{ ref("int_lifecycle__sanitization_cases") }} as cases
        cross join policy
        where not cases.is_sanitized
    ),

    asset_failures as (
        select asset_failures.*, asset_rows.asset_class
        from {{ ref("int_service_desk__asset_failures") }} as asset_failures
        inner join asset_rows on asset_rows.row_id = asset_failures.asset_row_id
    ),

    class_failures as (select * from {{ ref("int_service_desk__class_failures") }}),

    open_findings as (
        select
            findings.*,
            greatest(valid_from, opened_on) as open_from,
            coalesce({{ add_days("due_on", 1) }}, {{ far_future() }}) as overdue_from
        from {{ ref("int_assurance__findings") }} as findings
        where is_counted and canonical_status = 'open'
    ),

    audit_results as (
        select * from {{ ref("int_assurance__audit_results") }} where executed <> passed
    ),

    decisions as (
        select * from {{ ref("int_renewals__decisions") }} where not is_reviewed
    ),

    contracts as (select * from {{ ref("int_renewals__contracts") }}),

    -- an interval that ends before it begins is in no mean
    negative_downtimes as (
        select
            negative_intervals.asset_key,
            ever_spans.row_id as asset_row_id,
            greatest(
                negative_intervals.valid_from,
                ever_spans.valid_from,
                cast(negative_intervals.ended_at as date)
            ) as valid_from,
            least(
                negative_intervals.valid_to,
                ever_spans.valid_to,
                {{
                    add_days(
                        "cast(negative_intervals.ended_at as date)",
                        "catalog.window_days",
                    )
                }}
            ) as valid_to
        from negative_intervals
        inner join catalog on catalog.kpi_id = 'mean_time_to_repair'
        inner join
            ever_spans
            on ever_spans.asset_key = negative_intervals.asset_key
            and ever_spans.valid_from < negative_intervals.valid_to
            and ever_spans.valid_to > negative_intervals.valid_from
        inner join asset_rows on asset_rows.row_id = ever_spans.row_id
        where asset_rows.is_in_scope and not asset_rows.is_byod
    ),

    misdated_downtimes as (
        {{ merge_spans("negative_downtimes", ["asset_key", "asset_row_id"]) }}
    ),

    due_obligations as (
        select
            catalog.kpi_id,
            concat_ws(
                '',
                obligations.source_system,
                '|',
                {{ pseudonym("obligations.person_id") }},
                '|',
                cast(obligations.spell_no as string),
                '|',
                obligations.asset_key
            ) as obligation_key,
            obligations.asset_row_id,
            obligations.due_date,
            case
                when obligations.is_returned
                then 'asset_returned_late'
                else 'asset_not_returned'
            end as reason_code,
            case
                when asset_rows.is_data_bearing and obligations.is_inferred
                then 'holds data; in nobody''s name in the register'
                when asset_rows.is_data_bearing
                then 'holds data'
                when obligations.is_inferred
                then 'in nobody''s name in the register'
            end as detail,
            obligations.valid_from,
            least(
                obligations.valid_to,
                {{ add_days("obligations.due_date", "catalog.window_days") }}
            ) as valid_to
        from obligations
        inner join asset_rows on asset_rows.row_id = obligations.asset_row_id
        inner join
            catalog
            on (catalog.kpi_id = 'asset_recovery_rate' and not obligations.is_returned)
            or (
                catalog.kpi_id = 'asset_recovery_on_time_rate'
                and not obligations.is_returned_on_time
            )
    ),

    of_assets as (
        select
            'mean_time_to_repair' as kpi_id,
            'downtime' as entity_type,
            concat_ws('', asset_key, '|', cast(began_at as string)) as entity_id,
            asset_row_id,
            'downtime_open' as reason_code,
            1 as quantity,
            cast(null as string) as detail,
            cast(null as date) as due_date,
            valid_from,
            valid_to
        from open_downtimes
        union all
        select
            'mean_time_to_repair' as kpi_id,
            'asset' as entity_type,
            asset_key as entity_id,
            asset_row_id,
            'ends_before_begin' as reason_code,
            0 as quantity,
            null as detail,
            null as due_date,
            valid_from,
            valid_to
        from misdated_downtimes
        union all
        select
            kpi_id,
            'recovery' as entity_type,
            obligation_key as entity_id,
            asset_row_id,
            reason_code,
            1 as quantity,
            detail,
            due_date,
            valid_from,
            valid_to
        from due_obligations
        union all
        select
            'lifecycle_completion_rate' as kpi_id,
            'asset' as entity_type,
            asset_rows.asset_key as entity_id,
            ended_lives.asset_row_id,
            ended_lives.reason_code,
            1 as quantity,
            case
                when asset_rows.disposal_method = 'lost' then 'lost or stolen'
            end as detail,
            ended_lives.deadline as due_date,
            ended_lives.valid_from,
            ended_lives.valid_to
        from ended_lives
        inner join asset_rows on asset_rows.row_id = ended_lives.asset_row_id
        union all
        select
            'stage_punctuality_rate' as kpi_id,
            'stage' as entity_type,
            stage_key as entity_id,
            asset_row_id,
            'stage_overdue' as reason_code,
            1 as quantity,
            detail,
            due_date,
            valid_from,
            done_from as valid_to
        from stages
        union all
        select
            'stage_punctuality_rate' as kpi_id,
            'stage' as entity_type,
            stage_key as entity_id,
            asset_row_id,
            case
                when to_date < from_date then 'dates_out_of_order' else 'stage_late'
            end as reason_code,
            1 as quantity,
            detail,
            due_date,
            done_from as valid_from,
            valid_to
        from stages
        union all
        select
            'mean_time_to_decommission' as kpi_id,
            'asset' as entity_type,
            asset_key as entity_id,
            asset_row_id,
            case
                when is_disposed then 'disposed_unsanitised' else 'disposal_pending'
            end as reason_code,
            1 as quantity,
            null as detail,
            due_date,
            valid_from,
            case
                when is_disposed
                then valid_to
                else least(valid_to, {{ add_days("due_date", 1) }})
            end as valid_to
        from open_decommissions
        union all
        select
            'mean_time_to_decommission' as kpi_id,
            'asset' as entity_type,
            asset_key as entity_id,
            asset_row_id,
            'disposal_overdue' as reason_code,
            1 as quantity,
            null as detail,
            due_date,
            greatest(valid_from, {{ add_days("due_date", 1) }}) as valid_from,
            valid_to
        from open_decommissions
        where not is_disposed
        union all
        select
            'mean_time_to_decommission' as kpi_id,
            'asset' as entity_type,
            asset_key as entity_id,
            asset_row_id,
            'dates_out_of_order' as reason_code,
            0 as quantity,
            null as detail,
            null as due_date,
            valid_from,
            least(
                valid_to, {{ add_days("ended_date", "catalog.window_days") }}
            ) as valid_to
        from negative_decommissions
        inner join catalog on catalog.kpi_id = 'mean_time_to_decommission'
        union all
        select
            'data_sanitization_rate' as kpi_id,
            'asset' as entity_type,
            asset_key as entity_id,
            asset_row_id,
            case
                when is_lost
                then 'lost_with_data'
                when is_disposed
                then 'disposed_unsanitised'
                when is_overdue
                then 'sanitization_overdue'
                else 'sanitization_pending'
            end as reason_code,
            1 as quantity,
            case
                record_fault
                when 'failed'
                then 'the attempt on record failed'
                when 'too_weak'
                then 'the method on record is too weak'
                when 'after_disposal'
                then 'the record is dated after its disposal'
                when 'uncertified'
                then 'the record has no certificate'
                when 'unverified'
                then 'the record is not verified'
            end as detail,
            due_date,
            valid_from,
            valid_to
        from sanitization_cases
        union all
        select
            'incident_frequency' as kpi_id,
            'asset' as entity_type,
            asset_failures.asset_key as entity_id,
            asset_failures.asset_row_id,
            'fails_often' as reason_code,
            asset_failures.failures - class_failures.median_failures as quantity,
            concat_ws(
                '',
                cast(asset_failures.failures as string),
                ' failures in twelve months'
            ) as detail,
            null as due_date,
            greatest(
                asset_failures.valid_from, class_failures.valid_from
            ) as valid_from,
            least(asset_failures.valid_to, class_failures.valid_to) as valid_to
        from asset_failures
        inner join
            class_failures
            on class_failures.asset_class = asset_failures.asset_class
            and class_failures.valid_from < asset_failures.valid_to
            and class_failures.valid_to > asset_failures.valid_from
        where asset_failures.failures > class_failures.median_failures
    ),

    of_others as (
        select
            'audit_findings_count' as kpi_id,
            'finding' as entity_type,
            concat_ws('', source_system, '|', finding_id) as entity_id,
            case
                when repeat_of <> '' then 'finding_repeated' else 'finding_open'
            end as reason_code,
            1 as quantity,
            severity,
            category as detail,
            due_on as due_date,
            open_from as valid_from,
            least(valid_to, overdue_from) as valid_to,
            cast(null as string) as cost_center
        from open_findings
        union all
        select
            'audit_findings_count' as kpi_id,
            'finding' as entity_type,
            concat_ws('', source_system, '|', finding_id) as entity_id,
            'finding_overdue' as reason_code,
            1 as quantity,
            severity,
            category as detail,
            due_on as due_date,
            greatest(open_from, overdue_from) as valid_from,
            valid_to,
            null as cost_center
        from open_findings
        union all
        select
            'audit_success_rate' as kpi_id,
            'audit' as entity_type,
            concat_ws('', source_system, '|', audit_id) as entity_id,
            case
                when basis = 'tests' then 'tests_failed' else 'grave_findings'
            end as reason_code,
            executed - passed as quantity,
            null as severity,
            case
                when basis = 'tests' and passed_after_retest > 0
                then
                    concat_ws(
                        '',
                        cast(passed_after_retest as string),
                        ' passed after a retest'
                    )
                when basis <> 'tests'
                then
                    concat_ws(
                        '',
                        cast(grave_findings as string),
                        ' critical or major findings'
                    )
            end as detail,
            null as due_date,
            valid_from,
            valid_to,
            null as cost_center
        from audit_results
        union all
        select
            'renewal_optimization_rate' as kpi_id,
            'contract' as entity_type,
            concat_ws(
                '', contracts.source_system, '|', contracts.contract_id
            ) as entity_id,
            decisions.reason_code,
            1 as quantity,
            null as severity,
            case
                when contracts.is_default_notice then 'notice period unknown'
            end as detail,
            decisions.deadline as due_date,
            greatest(decisions.valid_from, decisions.deadline) as valid_from,
            least(
                decisions.valid_to,
                {{ add_days("decisions.deadline", "catalog.window_days") }}
            ) as valid_to,
            coalesce(
                nullif(trim(contracts.cost_center), ''), '(unassigned)'
            ) as cost_center
        from decisions
        inner join contracts on contracts.contract_row_id = decisions.contract_row_id
        inner join catalog on catalog.kpi_id = 'renewal_optimization_rate'
    ),

    members as (
        select
            of_assets.kpi_id,
            of_assets.entity_type,
            of_assets.entity_id,
            of_assets.reason_code,
            of_assets.quantity,
            cast(null as string) as severity,
            of_assets.detail,
            of_assets.due_date,
            of_assets.valid_from,
            of_assets.valid_to,
            {%- for dimension in asset_dimensions() %}
                asset_rows.{{ dimension }} {{ "," if not loop.last }}
            {%- endfor %}
        from of_assets
        inner join asset_rows on asset_rows.row_id = of_assets.asset_row_id
        where of_assets.valid_from < of_assets.valid_to
        union all
        select
            kpi_id,
            entity_type,
            entity_id,
            reason_code,
            quantity,
            case
                severity
                when 'critical'
                then 'critical'
                when 'major'
                then 'high'
                when 'minor'
                then 'medium'
            end as severity,
            detail,
            due_date,
            valid_from,
            valid_to,
            null as asset_class,
            null as department,
            cost_center,
            null as location,
            null as manufacturer
        from of_others
        where valid_from < valid_to
    ),

    exceptions__operations as (
        select
            kpi_id,
            entity_type,
            entity_id,
            reason_code,
            cast(quantity as decimal(38, 12)) as quantity,
            severity,
            detail,
            due_date,
            valid_from,
            valid_to,
            {{ asset_dimensions() | join(", ") }},
            cast(null as string) as publisher,
            cast(null as string) as product
        from members
    )

select *
from exceptions__operations

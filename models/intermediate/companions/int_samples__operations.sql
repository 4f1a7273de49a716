-- one row per KPI, as-of date, sample and value in it
-- long: six samples in one shape
with
    dates as (
        select as_of_date, {{ add_days("as_of_date", 1) }} as day_after
        from {{ ref("int_calendar__as_of_dates") }}
        where has_slices
    ),

    catalog as (select * from {{ ref("stg_policy__kpi_definitions") }}),

    -- while it ended within the window it is as long as it was, until then it grows
    downtimes as (
        select
            began_at,
            ended_at,
            downtime_seconds,
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

    decommissions as (
        select
            days,
            started_date,
            valid_from,
            least(
                valid_to, {{ add_days("ended_date", "catalog.window_days") }}
            ) as valid_to
        from {{ ref("int_lifecycle__decommissions") }}
        inner join catalog on catalog.kpi_id = 'mean_time_to_decommission'
        where not is_negative
        union all
        select null as days, started_date, valid_from, valid_to
        from {{ ref("int_lifecycle__open_decommissions") }}
    ),

    obligations as (
        select
            spans.trigger_date,
            case when spans.is_returned then spans.returned_date end as returned_date,
            spans.valid_from,
            least(
                spans.valid_to, {{ add_days("spans.due_date", "catalog.window_days") }}
            ) as valid_to
        from {{ ref("int_recovery__obligation_spans") }} as spans
        inner join catalog on catalog.kpi_id = 'asset_recovery_rate'
    ),

    findings as (
        select
            opened_on,
            case when canonical_status <> 'open' then closed_on end as closed_on,
            greatest(valid_from, opened_on) as valid_from,
            case
                when canonical_status = 'open'
                then valid_to
                else least(valid_to, {{ t12m_end("closed_on") }})
            end as valid_to
        from {{ ref("int_assurance__findings") }}
        where is_counted and (canonical_status = 'open' or closed_on >= opened_on)
    ),

    audit_results as (
        select *
        from {{ ref("int_assurance__audit_results") }}
        where basis = 'tests' and passed <= executed
    ),

    durations as (
        select
            'mean_time_to_repair' as kpi_id,
            dates.as_of_date,
            'repair_hours' as sample,
            'hours' as unit,
            coalesce(
                downtimes.downtime_seconds,
                {{ dbt.datediff("downtimes.began_at", "dates.day_after", "second") }}
            )
            / cast(3600 as double) as value,
            downtimes.ended_at is null as is_censored,
            1 as weight
        from downtimes
        inner join
            dates
            on dates.as_of_date >= downtimes.valid_from
            and dates.as_of_date < downtimes.valid_to
        union all
        select
            'mean_time_to_decommission' as kpi_id,
            dates.as_of_date,
            'decommission_days' as sample,
            'days' as unit,
            coalesce(
                decommissions.days,
                {{
                    dbt.datediff(
                        "decommissions.started_date", "dates.as_of_date", "day"
                    )
                }}
            ) as value,
            decommissions.days is null as is_censored,
            1 as weight
        from decommissions
        inner join
            dates
            on dates.as_of_date >= decommissions.valid_from
            and dates.as_of_date < decommissions.valid_to
        union all
        select
            'asset_recovery_rate' as kpi_id,
            dates.as_of_date,
            'days_to_recover' as sample,
            'days' as unit,
            {{
                dbt.datediff(
                    "obligations.trigger_date",
                    "coalesce(obligations.returned_date, dates.as_of_date)",
                    "day",
                )
            }} as value,
            obligations.returned_date is null as is_censored,
            1 as weight
        from obligations
        inner join
            dates
            on dates.as_of_date >= obligations.valid_from
            and dates.as_of_date < obligations.valid_to
        union all
        select
            'audit_findings_count' as kpi_id,
            dates.as_of_date,
            'days_to_close' as sample,
            'days' as unit,
            {{
                dbt.datediff(
                    "findings.opened_on",
                    "coalesce(findings.closed_on, dates.as_of_date)",
                    "day",
                )
            }} as value,
            findings.closed_on is null as is_censored,
            1 as weight
        from findings
        inner join
            dates
            on dates.as_of_date >= findings.valid_from
            and dates.as_of_date < findings.valid_to
        union all
        select
            'audit_success_rate' as kpi_id,
            dates.as_of_date,
            'tests_passed' as sample,
            'proportion' as unit,
            outcome.value,
            false as is_censored,
            case
                when outcome.value = 1
                then audit_results.passed
                else audit_results.executed - audit_results.passed
            end as weight
        from audit_results
        cross join
            (
                select 1 as value
                union all
                select 0 as value
            ) as outcome
        inner join
            dates
            on dates.as_of_date >= audit_results.valid_from
            and dates.as_of_date < audit_results.valid_to
        union all
        select
            'incident_frequency' as kpi_id,
            cells.as_of_date,
            'failures' as sample,
            'poisson' as unit,
            round(cells.failures) as value,
            false as is_censored,
            1 as weight
        from {{ ref("int_service_desk__failure_cells") }} as cells
        inner join dates on dates.as_of_date = cells.as_of_date
        where cells.dim_type = 'all'
    ),

    samples__operations as (
        select
            kpi_id,
            as_of_date,
            'all' as dim_type,
            'all' as dim_value,
            sample,
            unit,
            cast(value as double) as value,
            is_censored,
            cast(sum(weight) as bigint) as weight
        from durations
        group by kpi_id, as_of_date, sample, unit, cast(value as double), is_censored
    )

select *
from samples__operations
where weight > 0

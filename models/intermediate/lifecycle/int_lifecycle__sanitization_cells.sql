-- one row per as-of date
-- long: three populations that end in one table
with
    cases as (
        select
            case
                when is_disposed and not is_lost and not is_sanitized then 1 else 0
            end as violation_count,
            case when is_lost then 1 else 0 end as lost_count,
            case when not is_leaving then 1 else 0 end as backlog_count,
            case
                when is_overdue and not is_disposed and not is_sanitized then 1 else 0
            end as overdue_count,
            valid_from,
            valid_to
        from {{ ref("int_lifecycle__sanitization_cases") }}
    ),

    catalog as (
        select *
        from {{ ref("stg_policy__kpi_definitions") }}
        where kpi_id = 'data_sanitization_rate'
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }} where is_data_bearing),

    sanitized as (select * from {{ ref("int_assurance__sanitized_spans") }}),

    departures as (
        select
            departures.asset_row_id,
            departures.valid_from,
            departures.valid_to,
            asset_rows.disposal_method,
            {{ add_days("departures.left_date", "policy.sanitization_on_time_days") }}
            as due_date
        from {{ ref("int_lifecycle__departures") }} as departures
        cross join policy
        inner join asset_rows on asset_rows.row_id = departures.asset_row_id
    ),

    -- the days that policy gives ended within the window
    due as (
        select
            1 as due_count,
            case
                when
                    sanitized.asset_row_id is not null
                    and coalesce(departures.disposal_method, '') <> 'lost'
                then 1
                else 0
            end as on_time_count,
            greatest(departures.valid_from, departures.due_date) as valid_from,
            least(
                departures.valid_to,
                {{ add_days("departures.due_date", "catalog.window_days") }}
            ) as valid_to
        from departures
        cross join catalog
        left join
            sanitized
            on sanitized.asset_row_id = departures.asset_row_id
            and sanitized.valid_from <= departures.due_date
            and sanitized.valid_to > departures.due_date
    ),

    records as (
        select
            records.*,
            ever_spans.valid_from,
            least(
                ever_spans.valid_to,
                {{ add_days("records.performed_date", "catalog.window_days") }}
            ) as valid_to
        from {{ ref("int_assurance__sanitization_records") }} as records
        cross join catalog
        inner join
            {{ ref("int_assets__ever_spans") }} as ever_spans
            on ever_spans.row_id = records.asset_row_id
    ),

    attempts as (
        select
            1 as attempt_count,
            0 as success_count,
            greatest(valid_from, performed_date) as valid_from,
            valid_to
        from records
        union all
        select
            0 as attempt_count,
            1 as success_count,
            greatest(valid_from, valid_date) as valid_from,
            valid_to
        from records
        where valid_date is not null
    ),

    case_sums as (
        {{
            span_sums(
                "cases",
                ["violation_count", "lost_count", "backlog_count", "overdue_count"],
            )
        }}
    ),

    due_sums as ({{ span_sums("due", ["due_count", "on_time_count"]) }}),

    attempt_sums as ({{ span_sums("attempts", ["attempt_count", "success_count"]) }}),

    sanitization_cells as (
        select
            dates.as_of_date,
            coalesce(case_sums.violation_count, 0) as violation_count,
            coalesce(case_sums.lost_count, 0) as lost_count,
            coalesce(case_sums.backlog_count, 0) as backlog_count,
            coalesce(case_sums.overdue_count, 0) as overdue_count,
            {{ exact_quotient("due_sums.on_time_count", "due_sums.due_count") }}
            as on_time_rate,
            coalesce(attempt_sums.attempt_count, 0) as attempt_count,
            {{
                exact_quotient(
                    "attempt_sums.success_count", "attempt_sums.attempt_count"
                )
            }} as attempt_success_rate
        from {{ ref("int_calendar__as_of_dates") }} as dates
        left join case_sums on case_sums.as_of_date = dates.as_of_date
        left join due_sums on due_sums.as_of_date = dates.as_of_date
        left join attempt_sums on attempt_sums.as_of_date = dates.as_of_date
    )

select *
from sanitization_cells

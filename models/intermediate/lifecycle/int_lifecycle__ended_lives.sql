-- one row per asset whose life ended or should have ended within twelve months, and
-- long: who is in, what is complete, and since when, belong together
-- span of days on which it counts
with
    ever_spans as (select * from {{ ref("int_assets__ever_spans") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    calendar as (
        select min(date_day) as first_day, max(date_day) as last_day
        from {{ ref("int_calendar__days") }}
    ),

    lives as (
        select
            asset_rows.*,
            {{
                add_days(
                    add_months(
                        "asset_rows.in_service_date", "asset_rows.useful_life_months"
                    ),
                    "policy.lifecycle_grace_days",
                )
            }} as deadline
        from {{ ref("int_assets__rows") }} as asset_rows
        cross join policy
        where asset_rows.is_in_scope and not asset_rows.is_byod
    ),

    due as (
        select
            asset_row_id,
            valid_from,
            least(valid_to, {{ t12m_end("left_date") }}) as valid_to
        from {{ ref("int_lifecycle__departures") }}
        union all
        select
            ever_spans.row_id as asset_row_id,
            greatest(ever_spans.valid_from, lives.deadline) as valid_from,
            least(ever_spans.valid_to, {{ t12m_end("lives.deadline") }}) as valid_to
        from ever_spans
        inner join lives on lives.row_id = ever_spans.row_id
        where lives.deadline is not null
    ),

    members as ({{ merge_spans("due", ["asset_row_id"]) }}),

    -- every stage has its date, in order and in time; what holds data was wiped
    judged as (
        select
            members.asset_row_id,
            lives.in_service_date is not null as has_start,
            coalesce(
                lives.received_date <= lives.in_service_date
                and lives.in_service_date <= lives.retired_date
                and lives.retired_date <= lives.disposed_date
                and lives.disposed_date <= lives.deadline,
                false
            ) as is_orderly,
            lives.is_data_bearing
            and coalesce(lives.disposal_method, '') <> 'lost' as needs_sanitization,
            lives.deadline,
            lives.received_date,
            lives.in_service_date,
            lives.retired_date,
            lives.disposed_date,
            members.valid_from,
            members.valid_to
        from members
        cross join calendar
        inner join lives on lives.row_id = members.asset_row_id
        where
            members.valid_to > calendar.first_day
            and members.valid_from <= calendar.last_day
    ),

    parts as (
        select
            asset_row_id,
            1 as ended,
            0 as retired,
            0 as disposed,
            0 as sanitized,
            valid_from,
            valid_to
        from judged
        union all
        select
            asset_row_id,
            0 as ended,
            1 as retired,
            0 as disposed,
            0 as sanitized,
            greatest(valid_from, retired_date) as valid_from,
            valid_to
        from judged
        where retired_date < valid_to
        union all
        select
            asset_row_id,
            0 as ended,
            0 as retired,
            1 as disposed,
            0 as sanitized,
            greatest(valid_from, disposed_date) as valid_from,
            valid_to
        from judged
        where disposed_date < valid_to
        union all
        select
            asset_row_id,
            0 as ended,
            0 as retired,
            0 as disposed,
            1 as sanitized,
            valid_from,
            valid_to
        from {{ ref("int_assurance__sanitized_spans") }}
    ),

    days as (
        {{
            sweep(
                "parts",
                keys=["asset_row_id"],
                weights=["ended", "retired", "disposed", "sanitized"],
                having="ended > 0",
            )
        }}
    ),

    ended_lives as (
        select
            days.asset_row_id,
            judged.has_start,
            judged.deadline,
            judged.is_orderly
            and days.disposed > 0
            and (not judged.needs_sanitization or days.sanitized > 0) as is_complete,
            case
                when not judged.has_start
                then 'in_service_date_unknown'
                when days.retired = 0 and days.disposed = 0
                then 'in_use_past_life'
                when days.disposed = 0
                then 'disposal_pending'
                when judged.received_date is null or days.retired = 0
                then 'stage_skipped'
                when
                    judged.received_date > judged.in_service_date
                    or judged.in_service_date > judged.retired_date
                    or judged.retired_date > judged.disposed_date
                then 'dates_out_of_order'
                when judged.deadline is null
                then 'useful_life_unknown'
                when judged.disposed_date > judged.deadline
                then 'disposed_late'
                when judged.needs_sanitization and days.sanitized = 0
                then 'disposed_unsanitised'
            end as reason_code,
            days.valid_from,
            days.valid_to
        from days
        inner join
            judged
            on judged.asset_row_id = days.asset_row_id
            and judged.valid_from <= days.valid_from
            and judged.valid_to >= days.valid_to
    )

select *
from ended_lives

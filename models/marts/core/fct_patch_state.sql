-- one row per device and patch that applies to it on the newest as-of date
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    fct_patch_state as (
        select
            pairs.device_key,
            pairs.patch_id,
            pairs.severity,
            pairs.state,
            pairs.released_at,
            pairs.due_on as due_date,
            pairs.due_on <= calendar.last_day as is_due,
            pairs.first_applicable_at,
            pairs.installed_at
        from {{ ref("int_patch__applicable_spans") }} as pairs
        inner join
            calendar
            on pairs.valid_from <= calendar.last_day
            and pairs.valid_to > calendar.last_day
    )

select *
from fct_patch_state

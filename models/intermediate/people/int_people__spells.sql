-- one row per person, employment spell and span of days on which HR described it so
with
    person as (select * from {{ state_of("stg_hr__person") }}),

    spells as (
        select
            row_id,
            source_system,
            person_id,
            spell_no,
            lower(trim(upn)) as upn,
            employment_type,
            department,
            cost_center,
            location,
            country,
            coalesce(is_remote, false) as is_remote,
            coalesce(on_leave, false) as is_on_leave,
            hire_date,
            case
                when not coalesce(termination_rescinded, false)
                then coalesce(last_day_of_work, termination_date)
            end as spell_end_date,
            termination_known_at,
            extracted_at,
            hire_date as active_from,
            case
                when
                    coalesce(termination_rescinded, false)
                    or coalesce(last_day_of_work, termination_date) is null
                then {{ far_future() }}
                else {{ add_days("coalesce(last_day_of_work, termination_date)", 1) }}
            end as active_to,
            valid_from,
            valid_to
        from person
    )

select *
from spells

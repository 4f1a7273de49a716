-- one row per person, as last known
with
    newest as (
        select
            person.*,
            row_number() over (
                partition by person.person_id
                order by
                    person.extracted_at desc, person.spell_no desc, person.source_system
            ) as versions_from_newest
        from {{ ref("stg_hr__person") }} as person
    ),

    dim_person as (
        select
            {{ pseudonym("newest.person_id") }} as person_key,
            newest.spell_no,
            newest.employment_type,
            coalesce(nullif(trim(newest.department), ''), '(unassigned)') as department,
            coalesce(
                nullif(trim(newest.cost_center), ''), '(unassigned)'
            ) as cost_center,
            coalesce(nullif(trim(newest.location), ''), '(unassigned)') as location,
            newest.country,
            coalesce(newest.is_remote, false) as is_remote,
            newest.hire_date,
            case
                when not coalesce(newest.termination_rescinded, false)
                then coalesce(newest.last_day_of_work, newest.termination_date)
            end as spell_end_date
        from newest
        where newest.versions_from_newest = 1
    )

select *
from dim_person

-- one row per employment spell with an end, version, and span of days on which HR
-- said so
with
    spells as (
        select * from {{ ref("int_people__spells") }} where spell_end_date is not null
    ),

    -- an end without a date of its announcement is known since the first delivery
    -- that shows one
    first_shown as (
        select source_system, person_id, spell_no, min(extracted_at) as shown_at
        from {{ ref("stg_hr__person") }}
        where
            coalesce(last_day_of_work, termination_date) is not null
            and not coalesce(termination_rescinded, false)
        group by source_system, person_id, spell_no
    ),

    recovery_policy as (select * from {{ ref("stg_policy__recovery_policy") }}),

    known as (
        select
            spells.row_id as person_row_id,
            spells.source_system,
            spells.person_id,
            spells.spell_no,
            spells.is_remote,
            spells.spell_end_date as trigger_date,
            cast(
                coalesce(spells.termination_known_at, first_shown.shown_at) as date
            ) as known_date,
            recovery_policy.grace_days,
            spells.valid_from,
            spells.valid_to
        from spells
        inner join
            first_shown
            on first_shown.source_system = spells.source_system
            and first_shown.person_id = spells.person_id
            and first_shown.spell_no = spells.spell_no
        inner join
            recovery_policy
            on recovery_policy.person_kind
            = case when spells.is_remote then 'remote' else 'on_site' end
    ),

    recovery__spell_ends as (
        select
            *,
            {{ add_days("greatest(trigger_date, known_date)", "grace_days") }}
            as due_date
        from known
    )

select *
from recovery__spell_ends

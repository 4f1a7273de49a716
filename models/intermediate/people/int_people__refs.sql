-- one row per way to name a person (employee number, user principal name) and span of
-- days on which it names one
with
    spells as (select * from {{ ref("int_people__spells") }}),

    named as (
        select lower(trim(person_id)) as ref, person_id, valid_from, valid_to
        from spells
        union all
        select upn as ref, person_id, valid_from, valid_to
        from spells
        where upn <> ''
    ),

    merged as ({{ merge_spans("named", ["ref", "person_id"]) }}),

    -- a name that two people have is nobody's
    counted as (select ref, person_id, 1 as people, valid_from, valid_to from merged),

    sole as ({{ sweep("counted", ["ref"], ["people"], "people = 1") }}),

    refs as (
        select
            merged.ref,
            merged.person_id,
            greatest(merged.valid_from, sole.valid_from) as valid_from,
            least(merged.valid_to, sole.valid_to) as valid_to
        from merged
        inner join
            sole
            on sole.ref = merged.ref
            and sole.valid_from < merged.valid_to
            and sole.valid_to > merged.valid_from
    )

select *
from refs

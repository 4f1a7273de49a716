-- one row per person and days on which all their employment spells have ended
with
    spells as (select * from {{ ref("int_people__spells") }}),

    ended as (
        select person_id from spells where active_to < {{ far_future() }} group by 1
    ),

    parts as (
        select
            spells.person_id,
            1 as ended,
            0 as active,
            greatest(spells.valid_from, spells.active_to) as valid_from,
            spells.valid_to
        from spells
        inner join ended on ended.person_id = spells.person_id
        union all
        select
            spells.person_id,
            0 as ended,
            1 as active,
            greatest(spells.valid_from, spells.active_from) as valid_from,
            least(spells.valid_to, spells.active_to) as valid_to
        from spells
        inner join ended on ended.person_id = spells.person_id
    ),

    swept as (
        {{
            sweep(
                "parts",
                ["person_id"],
                ["ended", "active"],
                "ended > 0 and active = 0",
            )
        }}
    ),

    leavers as ({{ merge_spans("swept", ["person_id"]) }})

select *
from leavers

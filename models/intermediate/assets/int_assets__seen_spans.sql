-- one row per asset and uninterrupted span of days on which a matched device was seen in the last 30
with
    seen as (
        select *
        from {{ ref("int_devices__seen_spans") }}
        where window_days = 30
    ),

    matches as (select * from {{ ref("int_devices__match_spans") }}),

    matched as (
        select
            matches.asset_key,
            greatest(matches.valid_from, seen.valid_from) as valid_from,
            least(matches.valid_to, seen.valid_to) as valid_to
        from matches
        inner join
            seen
            on seen.device_key = matches.device_key
            and seen.valid_from < matches.valid_to
            and seen.valid_to > matches.valid_from
    ),

    seen_spans as ({{ merge_spans("matched", ["asset_key"]) }})

select *
from seen_spans

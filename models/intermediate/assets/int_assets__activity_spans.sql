-- one row per asset, sign of activity and uninterrupted span of days on which a
-- matched device shows it
with
    matches as (select * from {{ ref("int_devices__match_spans") }}),

    device_signs as (select * from {{ ref("int_devices__activity_spans") }}),

    signs as (
        select asset_key, 'matched' as sign, valid_from, valid_to
        from matches
        union all
        select
            matches.asset_key,
            device_signs.sign,
            greatest(matches.valid_from, device_signs.valid_from) as valid_from,
            least(matches.valid_to, device_signs.valid_to) as valid_to
        from matches
        inner join
            device_signs
            on device_signs.device_key = matches.device_key
            and device_signs.valid_from < matches.valid_to
            and device_signs.valid_to > matches.valid_from
    ),

    activity_spans as ({{ merge_spans("signs", ["asset_key", "sign"]) }})

select *
from activity_spans

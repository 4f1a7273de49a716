-- one row per device and days on which its installs count the same way (K14.1)
with
    seen as (select * from {{ ref("int_devices__seen_spans") }} where window_days = 90),

    devices as (
        select device_key from {{ ref("int_devices__ids") }} group by device_key
    ),

    gone as (
        select
            matches.device_key,
            greatest(matches.valid_from, survivors.valid_from) as valid_from,
            least(matches.valid_to, survivors.valid_to) as valid_to
        from {{ ref("int_devices__match_spans") }} as matches
        inner join
            {{ ref("int_assets__survivor_spans") }} as survivors
            on survivors.asset_key = matches.asset_key
            and survivors.valid_from < matches.valid_to
            and survivors.valid_to > matches.valid_from
        inner join
            {{ ref("int_assets__rows") }} as assets on assets.row_id = survivors.row_id
        where assets.canonical_status in ('retired', 'disposed')
    ),

    parts as (
        select
            device_key,
            date '1900-01-01' as valid_from,
            {{ far_future() }} as valid_to,
            0 as seen,
            0 as gone
        from devices
        union all
        select device_key, valid_from, valid_to, 1, 0
        from seen
        union all
        select device_key, valid_from, valid_to, 0, 1
        from gone
    ),

    swept as ({{ sweep("parts", ["device_key"], ["seen", "gone"]) }}),

    judged as (
        select
            device_key,
            valid_from,
            valid_to,
            case
                when gone > 0
                then 'asset_gone'
                when seen = 0
                then 'not_seen'
                else 'confirmed'
            end as device_status
        from swept
    ),

    device_status as ({{ merge_spans("judged", ["device_key", "device_status"]) }})

select *
from device_status

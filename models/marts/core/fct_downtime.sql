-- one row per asset and episode of downtime, as known on the newest as-of date
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    episodes as (
        select episodes.*
        from {{ ref("int_service_desk__downtime_episodes") }} as episodes
        inner join
            calendar
            on episodes.valid_from <= calendar.last_day
            and episodes.valid_to > calendar.last_day
    ),

    fct_downtime as (
        select
            concat_ws('', asset_key, '|', cast(began_at as string)) as episode_key,
            asset_key,
            began_at,
            ended_at,
            ended_at is null as is_open,
            intervals,
            on_hold_seconds,
            downtime_seconds
        from episodes
    )

select *
from fct_downtime

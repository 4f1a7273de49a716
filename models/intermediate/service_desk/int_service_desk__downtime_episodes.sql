-- one row per asset, episode of downtime and span of days on which it stands like this
-- long: each step is one verb, and they only make sense together
with
    last_day as (select max(date_day) as date_day from {{ ref("int_calendar__days") }}),

    intervals as (
        select *
        from {{ ref("int_service_desk__downtime_intervals") }}
        where not is_negative
    ),

    -- from the day on which an interval is known that stays open to the end of the
    -- calendar, all that begins later
    -- belongs to its open episode
    unswallowed as (
        select
            intervals.*,
            min(
                case
                    when
                        intervals.ended_at is null
                        and intervals.valid_to > last_day.date_day
                    then intervals.valid_from
                end
            ) over (
                partition by intervals.asset_key
                order by
                    intervals.began_at, intervals.reference_row_id, intervals.valid_from
                rows between unbounded preceding and 1 preceding
            ) as swallowed_from
        from intervals
        cross join last_day
    ),

    -- as far as an interval can reach on a day on which it is known: to the end of
    -- the last such day
    bounded as (
        select
            asset_key,
            reference_row_id,
            began_at,
            ended_at,
            on_hold_seconds,
            valid_from,
            least(valid_to, coalesce(swallowed_from, valid_to)) as valid_to,
            least(
                coalesce(ended_at, cast(valid_to as timestamp)),
                cast(valid_to as timestamp)
            ) as reach_at
        from unswallowed
    ),

    -- intervals that may meet on some day, whatever the day
    started as (
        select
            *,
            case
                when
                    began_at <= max(reach_at) over (
                        partition by asset_key
                        order by began_at, reference_row_id, valid_from
                        rows between unbounded preceding and 1 preceding
                    )
                then 0
                else 1
            end as is_start
        from bounded
        where valid_from < valid_to
    ),

    clustered as (
        select
            *,
            sum(is_start) over (
                partition by asset_key
                order by began_at, reference_row_id, valid_from
                rows unbounded preceding
            ) as cluster
        from started
    ),

    -- the days between two changes of a cluster, and what is known on them
    change_days as (
        select asset_key, cluster, valid_from as date_day
        from clustered
        union
        select asset_key, cluster, valid_to as date_day
        from clustered
    ),

    segments as (
        select
            asset_key,
            cluster,
            date_day as valid_from,
            lead(date_day) over (
                partition by asset_key, cluster order by date_day
            ) as valid_to
        from change_days
    ),

    known as (
        select
            segments.asset_key,
            segments.cluster,
            segments.valid_from,
            segments.valid_to,
            clustered.reference_row_id,
            clustered.began_at,
            coalesce(
                clustered.ended_at, cast({{ far_future() }} as timestamp)
            ) as ended_at,
            clustered.on_hold_seconds
        from segments
        inner join
            clustered
            on clustered.asset_key = segments.asset_key
            and clustered.cluster = segments.cluster
            and clustered.valid_from <= segments.valid_from
            and clustered.valid_to >= segments.valid_to
    ),

    -- gaps and islands within each segment; what touches belongs together
    islands as (
        select
            *,
            case
                when
                    began_at <= max(ended_at) over (
                        partition by asset_key, cluster, valid_from
                        order by began_at, ended_at, reference_row_id
                        rows between unbounded preceding and 1 preceding
                    )
                then 0
                else 1
            end as is_island_start
        from known
    ),

    numbered as (
        select
            *,
            sum(is_island_start) over (
                partition by asset_key, cluster, valid_from
                order by began_at, ended_at, reference_row_id
                rows unbounded preceding
            ) as island
        from islands
    ),

    merged as (
        select
            asset_key,
            valid_from,
            valid_to,
            min(began_at) as began_at,
            max(ended_at) as ended_at,
            cast(sum(on_hold_seconds) as bigint) as on_hold_seconds,
            cast(count(*) as bigint) as intervals
        from numbered
        group by asset_key, cluster, valid_from, valid_to, island
    ),

    -- an end after the day is no end yet
    closed as (
        select
            asset_key,
            began_at,
            ended_at,
            on_hold_seconds,
            intervals,
            greatest(valid_from, cast(ended_at as date)) as valid_from,
            valid_to
        from merged
        where ended_at < cast({{ far_future() }} as timestamp)
    ),

    open_or_closed as (
        select *
        from closed
        union all
        select
            asset_key,
            began_at,
            cast(null as timestamp) as ended_at,
            cast(null as bigint) as on_hold_seconds,
            cast(null as bigint) as intervals,
            valid_from,
            valid_to
        from merged
        where ended_at = cast({{ far_future() }} as timestamp)
    ),

    episodes as (
        {{
            merge_spans(
                "open_or_closed",
                ["asset_key", "began_at", "ended_at", "on_hold_seconds", "intervals"],
            )
        }}
    ),

    service_desk__downtime_episodes as (
        select
            asset_key,
            began_at,
            ended_at,
            intervals,
            on_hold_seconds,
            case
                when ended_at is not null
                then
                    greatest(
                        {{ dbt.datediff("began_at", "ended_at", "second") }}
                        - on_hold_seconds,
                        0
                    )
            end as downtime_seconds,
            valid_from,
            valid_to
        from episodes
    )

select *
from service_desk__downtime_episodes

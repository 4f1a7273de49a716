-- one row per asset in scope, episode of downtime that ended and span of days on which
-- it costs the same
-- long: its hours, who was waiting and who worked on it
with
    downtime_spans as (
        select downtime_spans.*
        from {{ ref("int_service_desk__downtime_spans") }} as downtime_spans
        where ended_at is not null
    ),

    intervals as (
        select *
        from {{ ref("int_service_desk__downtime_intervals") }}
        where not is_negative and incident_id is not null
    ),

    links as (
        select * from {{ ref("int_service_desk__incident_assets") }} where is_counted
    ),

    incidents as (select * from {{ ref("int_service_desk__incidents") }}),

    named as (
        select
            downtime_spans.asset_key,
            downtime_spans.began_at,
            concat_ws('', links.source_system, '|', links.incident_id) as incident_key,
            links.incident_row_id as row_id,
            links.counted_assets,
            greatest(
                downtime_spans.valid_from, intervals.valid_from, links.valid_from
            ) as valid_from,
            least(
                downtime_spans.valid_to, intervals.valid_to, links.valid_to
            ) as valid_to
        from downtime_spans
        inner join
            intervals
            on intervals.asset_key = downtime_spans.asset_key
            and intervals.began_at >= downtime_spans.began_at
            and intervals.began_at <= downtime_spans.ended_at
            and intervals.valid_from < downtime_spans.valid_to
            and intervals.valid_to > downtime_spans.valid_from
        inner join
            links
            on links.asset_key = intervals.asset_key
            and links.source_system = intervals.incident_source_system
            and links.incident_id = intervals.incident_id
            and links.valid_from < intervals.valid_to
            and links.valid_to > intervals.valid_from
    ),

    -- two outages of one incident are one incident
    merged as (
        {{
            merge_spans(
                "named",
                ["asset_key", "began_at", "incident_key", "row_id", "counted_assets"],
            )
        }}
    ),

    -- what several assets share is shared out among them
    shared as (
        select
            merged.*,
            {{ exact_quotient("incidents.affected_users", "merged.counted_assets") }}
            as waiting_users,
            {{ exact_quotient("incidents.labor_minutes", "merged.counted_assets") }}
            as labor_minutes
        from merged
        inner join incidents on incidents.incident_row_id = merged.row_id
    ),

    -- the incident that most users wait for speaks for the episode
    spoken as (
        {{
            pick_best(
                "shared",
                keys=["asset_key", "began_at"],
                owner="incident_key",
                order_by="rivals.waiting_users desc, rivals.incident_key",
            )
        }}
    ),

    waiting as (
        select
            spoken.asset_key,
            spoken.began_at,
            shared.waiting_users,
            greatest(spoken.valid_from, shared.valid_from) as valid_from,
            least(spoken.valid_to, shared.valid_to) as valid_to
        from spoken
        inner join
            shared
            on shared.asset_key = spoken.asset_key
            and shared.began_at = spoken.began_at
            and shared.row_id = spoken.row_id
            and shared.valid_from < spoken.valid_to
            and shared.valid_to > spoken.valid_from
    ),

    parts as (
        select
            asset_key,
            began_at,
            asset_row_id,
            downtime_seconds,
            0 as incidents,
            cast(0 as decimal(38, 12)) as waiting_users,
            cast(0 as decimal(38, 12)) as labor_minutes,
            valid_from,
            valid_to
        from downtime_spans
        union all
        select
            asset_key,
            began_at,
            cast(0 as bigint) as asset_row_id,
            0 as downtime_seconds,
            1 as incidents,
            waiting_users,
            cast(0 as decimal(38, 12)) as labor_minutes,
            valid_from,
            valid_to
        from waiting
        union all
        select
            asset_key,
            began_at,
            cast(0 as bigint) as asset_row_id,
            0 as downtime_seconds,
            0 as incidents,
            cast(0 as decimal(38, 12)) as waiting_users,
            labor_minutes,
            valid_from,
            valid_to
        from shared
    ),

    days as (
        {{
            sweep(
                "parts",
                keys=["asset_key", "began_at"],
                weights=[
                    "asset_row_id",
                    "downtime_seconds",
                    "incidents",
                    "waiting_users",
                    "labor_minutes",
                ],
                having="asset_row_id > 0",
            )
        }}
    ),

    downtime_costs as (
        select
            days.asset_key,
            days.began_at,
            downtime_spans.ended_at,
            cast(days.asset_row_id as bigint) as asset_row_id,
            cast(days.downtime_seconds as bigint) as downtime_seconds,
            case
                when days.incidents > 0 then days.waiting_users else 1
            end as waiting_users,
            days.labor_minutes,
            days.valid_from,
            days.valid_to
        from days
        inner join
            downtime_spans
            on downtime_spans.asset_key = days.asset_key
            and downtime_spans.began_at = days.began_at
            and downtime_spans.valid_from <= days.valid_from
            and downtime_spans.valid_to >= days.valid_to
    )

select *
from downtime_costs

-- one row per feed and uninterrupted span of days on which its data counts
with
    deliveries as (
        select * from {{ source("landing", "deliveries") }} where status = 'accepted'
    ),

    feed_policy as (select * from {{ ref("stg_policy__feed_policy") }}),

    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    -- a snapshot counts on its own day and is carried for some more
    carried as (
        select
            deliveries.feed,
            cast(deliveries.extracted_at as date) as valid_from,
            {{
                add_days(
                    "cast(deliveries.extracted_at as date)",
                    "feed_policy.carry_days + 1",
                )
            }} as valid_to
        from deliveries
        inner join feed_policy on feed_policy.feed = deliveries.feed
        where deliveries.feed in ('{{ feeds_of_kind("snapshot") | join("', '") }}')
    ),

    snapshots as ({{ merge_spans("carried", ["feed"]) }}),

    -- events and references are complete as far as they are known, whatever the day
    known_feeds as (
        select feed, date '1900-01-01' as valid_from, {{ far_future() }} as valid_to
        from deliveries
        where feed not in ('{{ feeds_of_kind("snapshot") | join("', '") }}')
        group by feed
    ),

    -- what lasts beyond the newest as-of date has not ended: the next delivery of a
    -- feed that keeps coming moves nothing
    alive_spans as (
        select
            snapshots.feed,
            snapshots.valid_from,
            case
                when snapshots.valid_to > newest.as_of_date
                then {{ far_future() }}
                else snapshots.valid_to
            end as valid_to
        from snapshots
        cross join newest
        union all
        select feed, valid_from, valid_to
        from known_feeds
    )

select *
from alive_spans

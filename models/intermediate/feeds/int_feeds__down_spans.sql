-- one row per feed and uninterrupted span of days on which its data does not count
with
    alive as (select * from {{ ref("int_feeds__alive_spans") }}),

    edges as (
        select feed, date '1900-01-01' as valid_from
        from {{ ref("stg_policy__feed_policy") }}
        union all
        select feed, valid_to as valid_from
        from alive
    ),

    down_spans as (
        select
            edges.feed,
            edges.valid_from,
            coalesce(min(alive.valid_from), {{ far_future() }}) as valid_to
        from edges
        left join
            alive on alive.feed = edges.feed and alive.valid_from >= edges.valid_from
        group by edges.feed, edges.valid_from
    )

select *
from down_spans
where valid_from < valid_to

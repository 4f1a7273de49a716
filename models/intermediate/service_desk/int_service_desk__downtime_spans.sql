-- one row per asset in scope, episode of downtime and span of days with the same row of
-- both
with
    episodes as (select * from {{ ref("int_service_desk__downtime_episodes") }}),

    ever_spans as (select * from {{ ref("int_assets__ever_spans") }}),

    asset_rows as (
        select * from {{ ref("int_assets__rows") }} where is_in_scope and not is_byod
    ),

    downtime_spans as (
        select
            episodes.asset_key,
            ever_spans.row_id as asset_row_id,
            episodes.began_at,
            episodes.ended_at,
            episodes.downtime_seconds,
            greatest(episodes.valid_from, ever_spans.valid_from) as valid_from,
            least(episodes.valid_to, ever_spans.valid_to) as valid_to
        from episodes
        inner join
            ever_spans
            on ever_spans.asset_key = episodes.asset_key
            and ever_spans.valid_from < episodes.valid_to
            and ever_spans.valid_to > episodes.valid_from
        inner join asset_rows on asset_rows.row_id = ever_spans.row_id
    )

select *
from downtime_spans

-- one row per register row (version) whose asset has a retire event: the first one
with
    events as (
        select * from {{ ref("stg_cmdb__asset_event") }} where event_type = 'retire'
    ),

    asset_ids as (
        select * from {{ ref("int_assets__ids") }} where ref_kind = 'asset_id'
    ),

    ever_spans as (select * from {{ ref("int_assets__ever_spans") }}),

    retire_events as (
        select
            ever_spans.row_id as asset_row_id,
            min(cast(events.event_at as date)) as first_retired_date
        from events
        inner join
            asset_ids
            on asset_ids.ref_id = events.asset_id
            and (asset_ids.source_system = events.source_system or asset_ids.is_sole)
        inner join
            ever_spans
            on ever_spans.asset_key = asset_ids.asset_key
            and ever_spans.valid_from < asset_ids.valid_to
            and ever_spans.valid_to > asset_ids.valid_from
        group by ever_spans.row_id
    )

select *
from retire_events

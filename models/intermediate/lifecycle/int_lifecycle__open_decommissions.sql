-- one row per asset ever, last known row and span of days on which its decommissioning
-- has begun and not ended
-- long: begun, disposed of and ended are one sweep
with
    asset_rows as (
        select *
        from {{ ref("int_assets__rows") }}
        where
            is_in_scope
            and not is_byod
            and canonical_status in ('retired', 'disposed')
            and coalesce(disposal_method, '') <> 'lost'
    ),

    ever_spans as (
        select spans.*
        from {{ ref("int_assets__ever_spans") }} as spans
        inner join asset_rows on asset_rows.row_id = spans.row_id
    ),

    retire_events as (select * from {{ ref("int_lifecycle__retire_events") }}),

    parts as (
        select
            ever_spans.row_id,
            1 as begun,
            0 as disposed,
            0 as ended,
            greatest(
                ever_spans.valid_from,
                least(
                    coalesce(asset_rows.retired_date, {{ far_future() }}),
                    coalesce(retire_events.first_retired_date, {{ far_future() }})
                )
            ) as valid_from,
            ever_spans.valid_to
        from ever_spans
        inner join asset_rows on asset_rows.row_id = ever_spans.row_id
        left join retire_events on retire_events.asset_row_id = ever_spans.row_id
        union all
        -- from here on another date says when it began
        select
            row_id,
            0 as begun,
            0 as disposed,
            0 as ended,
            retired_date as valid_from,
            {{ far_future() }} as valid_to
        from asset_rows
        where retired_date is not null
        union all
        select
            row_id,
            0 as begun,
            1 as disposed,
            0 as ended,
            disposed_date as valid_from,
            {{ far_future() }} as valid_to
        from asset_rows
        where disposed_date is not null
        union all
        select
            asset_row_id as row_id,
            0 as begun,
            0 as disposed,
            1 as ended,
            valid_from,
            valid_to
        from {{ ref("int_lifecycle__decommissions") }}
    ),

    days as (
        {{
            sweep(
                "parts",
                keys=["row_id"],
                weights=["begun", "disposed", "ended"],
                having="begun > 0 and ended = 0",
            )
        }}
    ),

    open_decommissions as (
        select
            asset_rows.asset_key,
            days.row_id as asset_row_id,
            case
                when asset_rows.retired_date <= days.valid_from
                then asset_rows.retired_date
                else retire_events.first_retired_date
            end as started_date,
            days.disposed > 0 as is_disposed,
            days.valid_from,
            days.valid_to
        from days
        inner join asset_rows on asset_rows.row_id = days.row_id
        left join retire_events on retire_events.asset_row_id = days.row_id
    )

select *
from open_decommissions

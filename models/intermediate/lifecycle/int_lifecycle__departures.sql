-- one row per asset ever, last known row and span of days on which it has left
-- service on one date
with
    ever_spans as (select * from {{ ref("int_assets__ever_spans") }}),

    asset_rows as (
        select * from {{ ref("int_assets__rows") }} where is_in_scope and not is_byod
    ),

    -- retired, or disposed while no retirement is known; a date after the day is no
    -- date yet
    dated as (
        select
            row_id,
            retired_date as left_date,
            retired_date as left_from,
            {{ far_future() }} as left_to
        from asset_rows
        where retired_date is not null
        union all
        select
            row_id,
            disposed_date as left_date,
            disposed_date as left_from,
            coalesce(retired_date, {{ far_future() }}) as left_to
        from asset_rows
        where disposed_date < coalesce(retired_date, {{ far_future() }})
    ),

    departures as (
        select
            ever_spans.asset_key,
            ever_spans.row_id as asset_row_id,
            dated.left_date,
            greatest(ever_spans.valid_from, dated.left_from) as valid_from,
            least(ever_spans.valid_to, dated.left_to) as valid_to
        from ever_spans
        inner join dated on dated.row_id = ever_spans.row_id
    )

select *
from departures
where valid_from < valid_to

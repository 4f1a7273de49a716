-- one row per asset ever, last known row and span of days on which its
-- decommissioning has ended like this
with
    ever_spans as (select * from {{ ref("int_assets__ever_spans") }}),

    asset_rows as (
        select *
        from {{ ref("int_assets__rows") }}
        where is_in_scope and not is_byod and disposed_date is not null
    ),

    retire_events as (select * from {{ ref("int_lifecycle__retire_events") }}),

    sanitized as (select * from {{ ref("int_assurance__sanitized_spans") }}),

    -- out of custody, and wiped where it held data
    ended as (
        select
            row_id,
            disposed_date as ended_date,
            disposed_date as valid_from,
            {{ far_future() }} as valid_to
        from asset_rows
        where not is_data_bearing
        union all
        select
            asset_rows.row_id,
            greatest(asset_rows.disposed_date, sanitized.valid_from) as ended_date,
            greatest(asset_rows.disposed_date, sanitized.valid_from) as valid_from,
            sanitized.valid_to
        from asset_rows
        inner join sanitized on sanitized.asset_row_id = asset_rows.row_id
        where asset_rows.is_data_bearing
    ),

    -- a retirement dated after the day is none yet: until then the first retire event
    -- speaks
    started as (
        select
            ended.row_id,
            asset_rows.retired_date as started_date,
            ended.ended_date,
            greatest(ended.valid_from, asset_rows.retired_date) as valid_from,
            ended.valid_to
        from ended
        inner join asset_rows on asset_rows.row_id = ended.row_id
        where asset_rows.retired_date is not null
        union all
        select
            ended.row_id,
            retire_events.first_retired_date as started_date,
            ended.ended_date,
            greatest(ended.valid_from, retire_events.first_retired_date) as valid_from,
            least(
                ended.valid_to, coalesce(asset_rows.retired_date, ended.valid_to)
            ) as valid_to
        from ended
        inner join asset_rows on asset_rows.row_id = ended.row_id
        inner join retire_events on retire_events.asset_row_id = ended.row_id
    ),

    decommissions as (
        select
            ever_spans.asset_key,
            started.row_id as asset_row_id,
            started.started_date,
            started.ended_date,
            {{ dbt.datediff("started.started_date", "started.ended_date", "day") }}
            as days,
            started.ended_date < started.started_date as is_negative,
            greatest(ever_spans.valid_from, started.valid_from) as valid_from,
            least(ever_spans.valid_to, started.valid_to) as valid_to
        from started
        inner join ever_spans on ever_spans.row_id = started.row_id
    )

select *
from decommissions
where valid_from < valid_to

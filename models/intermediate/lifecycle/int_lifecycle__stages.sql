-- one row per register row (version), transition between two stages and span of days
-- on which the transition counts
with
    ever_spans as (select * from {{ ref("int_assets__ever_spans") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    asset_rows as (
        select * from {{ ref("int_assets__rows") }} where is_in_scope and not is_byod
    ),

    calendar as (
        select min(date_day) as first_day, max(date_day) as last_day
        from {{ ref("int_calendar__days") }}
    ),

    transitions as (
        select
            row_id,
            'ordered_to_received' as stage,
            ordered_date as from_date,
            received_date as to_date
        from asset_rows
        union all
        select
            row_id,
            'received_to_in_service' as stage,
            received_date as from_date,
            in_service_date as to_date
        from asset_rows
        union all
        select
            row_id,
            'retired_to_disposed' as stage,
            retired_date as from_date,
            disposed_date as to_date
        from asset_rows
    ),

    due as (
        select
            transitions.*,
            {{ add_days("transitions.from_date", "policy.stage_limit_days") }}
            as due_date
        from transitions
        cross join policy
    ),

    due_in_view as (
        select due.*, {{ t12m_end("due.due_date") }} as due_until
        from due
        cross join calendar
        where
            due.due_date <= calendar.last_day
            and {{ t12m_end("due.due_date") }} > calendar.first_day
    ),

    stages as (
        select
            ever_spans.asset_key,
            due_in_view.row_id as asset_row_id,
            due_in_view.stage,
            due_in_view.from_date,
            due_in_view.to_date,
            due_in_view.due_date,
            coalesce(
                due_in_view.to_date
                between due_in_view.from_date and due_in_view.due_date,
                false
            ) as is_on_time,
            greatest(ever_spans.valid_from, due_in_view.due_date) as valid_from,
            least(ever_spans.valid_to, due_in_view.due_until) as valid_to
        from due_in_view
        inner join ever_spans on ever_spans.row_id = due_in_view.row_id
    )

select *
from stages
where valid_from < valid_to

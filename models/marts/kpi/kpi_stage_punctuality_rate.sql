-- one row per as-of date and slice
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
        select row_id, ordered_date as from_date, received_date as to_date
        from asset_rows
        union all
        select row_id, received_date as from_date, in_service_date as to_date
        from asset_rows
        union all
        select row_id, retired_date as from_date, disposed_date as to_date
        from asset_rows
    ),

    due as (
        select
            transitions.row_id,
            case
                when
                    transitions.to_date
                    between transitions.from_date and
                    {{ add_days("transitions.from_date", "policy.stage_limit_days") }}
                then 1
                else 0
            end as numerator,
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

    members as (
        select
            greatest(ever_spans.valid_from, due_in_view.due_date) as valid_from,
            least(ever_spans.valid_to, due_in_view.due_until) as valid_to,
            due_in_view.numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from due_in_view
        inner join ever_spans on ever_spans.row_id = due_in_view.row_id
        inner join asset_rows on asset_rows.row_id = due_in_view.row_id
    ),

    kpi_stage_punctuality_rate as (
        {{
            kpi_cells(
                "members",
                "stage_punctuality_rate",
                asset_dimensions(),
                coverage=false,
            )
        }}
    )

select *
from kpi_stage_punctuality_rate

-- one row per as-of date and slice
with
    ever_spans as (select * from {{ ref("int_assets__ever_spans") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    asset_rows as (
        select * from {{ ref("int_assets__rows") }} where is_in_scope and not is_byod
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
            transitions.*,
            {{ add_days("transitions.from_date", "policy.stage_limit_days") }}
            as due_date
        from transitions
        cross join policy
        where transitions.from_date is not null
    ),

    members as (
        select
            greatest(ever_spans.valid_from, due.due_date) as valid_from,
            least(ever_spans.valid_to, {{ t12m_end("due.due_date") }}) as valid_to,
            case
                when due.to_date between due.from_date and due.due_date then 1 else 0
            end as numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from due
        inner join ever_spans on ever_spans.row_id = due.row_id
        inner join asset_rows on asset_rows.row_id = due.row_id
        where due.due_date < ever_spans.valid_to
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

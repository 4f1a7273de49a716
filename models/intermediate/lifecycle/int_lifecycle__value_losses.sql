-- one row per register row (version), transition that is overdue and month late
with
    asset_rows as (
        select
            asset_rows.*,
            coalesce(in_service_date, received_date, purchase_date) as start_date,
            {{ exact_quotient("purchase_cost", "useful_life_months") }} as monthly_loss
        from {{ ref("int_assets__rows") }} as asset_rows
        where ownership <> 'leased' and purchase_cost > 0 and useful_life_months > 0
    ),

    stages as (
        select *
        from {{ ref("int_lifecycle__stages") }}
        where not is_on_time and stage <> 'ordered_to_received'
    ),

    -- a transition counts for twelve months after it is due
    months as ({{ dbt.generate_series(12) }}),

    stuck as (
        select
            stages.asset_key,
            stages.asset_row_id,
            stages.stage,
            stages.due_date,
            asset_rows.monthly_loss,
            asset_rows.currency,
            case
                when stages.stage = 'received_to_in_service'
                then asset_rows.useful_life_months
                else
                    asset_rows.useful_life_months
                    - {{ completed_months("asset_rows.start_date", "stages.due_date") }}
            end as months_left,
            stages.valid_from,
            case
                when stages.to_date < stages.valid_to
                then greatest(stages.to_date, stages.valid_from)
                else stages.valid_to
            end as valid_to
        from stages
        inner join asset_rows on asset_rows.row_id = stages.asset_row_id
    ),

    value_losses as (
        select
            stuck.asset_key,
            stuck.asset_row_id,
            stuck.stage,
            cast(
                stuck.monthly_loss
                * least(months.generated_number, stuck.months_left) as decimal(38, 12)
            ) as amount,
            stuck.currency,
            greatest(
                stuck.valid_from,
                {{
                    add_months(
                        "stuck.due_date", "cast(months.generated_number as integer)"
                    )
                }}
            ) as valid_from,
            least(
                stuck.valid_to,
                {{
                    add_months(
                        "stuck.due_date",
                        "cast(months.generated_number + 1 as integer)",
                    )
                }}
            ) as valid_to
        from stuck
        cross join months
        where stuck.months_left > 0 and stuck.valid_from < stuck.valid_to
    )

select *
from value_losses
where valid_from < valid_to

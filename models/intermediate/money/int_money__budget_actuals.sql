-- one row per actual line, slice of its cost centre and span of days on which it
-- counts year to date
-- long: whether a cost centre has a budget changes with the days
with
    actual_lines as (
        select *
        from {{ ref("int_money__cost_lines") }}
        where not is_commitment and period_start_date is not null
    ),

    budget_lines as (
        select * from {{ ref("int_money__budget_lines") }} where basis = 'budget'
    ),

    budget_rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'budget'
    ),

    budgeted_years as (
        select
            cost_center,
            year_start_date,
            greatest(valid_from, year_start_date) as valid_from,
            least(valid_to, year_end_date) as valid_to
        from budget_lines
    ),

    budgeted as (
        {{ merge_spans("budgeted_years", ["cost_center", "year_start_date"]) }}
    ),

    -- year to date: from the first day of the period to the end of the year
    actuals as (
        select
            actual_lines.row_id,
            actual_lines.cost_center,
            actual_lines.year_start_date,
            actual_lines.amount_base,
            case
                when actual_lines.amount_base is not null
                then
                    coalesce(
                        {{ to_base("actual_lines.amount", "budget_rates.rate") }},
                        actual_lines.amount_base
                    )
            end as amount_at_budget_rate,
            greatest(
                actual_lines.posted_date, actual_lines.period_start_date
            ) as valid_from,
            actual_lines.year_end_date as valid_to
        from actual_lines
        left join
            budget_rates
            on budget_rates.currency = actual_lines.currency
            and budget_rates.date_day = actual_lines.year_start_date
    ),

    -- the days on which the cost centre of a line has a budget, and the others
    centre_parts as (
        select row_id, 1 as is_actual, 0 as is_budgeted, valid_from, valid_to
        from actuals
        where cost_center <> ''
        union all
        select
            actuals.row_id,
            0 as is_actual,
            1 as is_budgeted,
            greatest(actuals.valid_from, budgeted.valid_from) as valid_from,
            least(actuals.valid_to, budgeted.valid_to) as valid_to
        from actuals
        inner join
            budgeted
            on budgeted.cost_center = actuals.cost_center
            and budgeted.year_start_date = actuals.year_start_date
            and budgeted.valid_from < actuals.valid_to
            and budgeted.valid_to > actuals.valid_from
    ),

    centres as (
        {{
            sweep(
                "centre_parts",
                keys=["row_id"],
                weights=["is_actual", "is_budgeted"],
                having="is_actual = 1",
            )
        }}
    ),

    budget_actuals as (
        select
            actuals.row_id,
            actuals.year_start_date,
            actuals.amount_base,
            actuals.amount_at_budget_rate,
            case
                when centres.is_budgeted = 1
                then actuals.cost_center
                else '(unbudgeted)'
            end as cost_center,
            centres.valid_from,
            centres.valid_to
        from centres
        inner join actuals on actuals.row_id = centres.row_id
        union all
        select
            row_id,
            year_start_date,
            amount_base,
            amount_at_budget_rate,
            '(unassigned)' as cost_center,
            valid_from,
            valid_to
        from actuals
        where coalesce(cost_center, '') = ''
    )

select *
from budget_actuals

-- one row per budget, fiscal period and source: the version in force today
with
    budget_lines as (
        select * from {{ ref("int_money__budget_lines") }} where basis = 'budget'
    ),

    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    fct_budgets as (
        select
            md5(
                concat_ws(
                    '',
                    budget_lines.source_system,
                    '|',
                    budget_lines.budget_id,
                    '|',
                    budget_lines.fiscal_period
                )
            ) as budget_key,
            budget_lines.source_system,
            budget_lines.budget_id,
            budget_lines.version,
            budget_lines.version_type,
            budget_lines.approved_at as approved_date,
            budget_lines.fiscal_period,
            budget_lines.is_whole_year,
            budget_lines.period_start_date,
            budget_lines.year_start_date,
            budget_lines.cost_center,
            budget_lines.cost_category,
            budget_lines.currency,
            cast(budget_lines.amount as decimal(18, 4)) as budget_amount,
            cast(budget_lines.amount_base as decimal(38, 6)) as budget_amount_base
        from budget_lines
        inner join
            calendar
            on budget_lines.valid_from <= calendar.last_day
            and budget_lines.valid_to > calendar.last_day
    )

select *
from fct_budgets

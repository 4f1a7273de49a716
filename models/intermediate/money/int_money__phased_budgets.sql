-- one row per basis, budget line in force and span of days with one budget to date
with
    budget_lines as (
        select * from {{ ref("int_money__budget_lines") }} where amount_base is not null
    ),

    as_of_dates as (
        select
            as_of_date,
            coalesce(
                lead(as_of_date) over (order by as_of_date), {{ far_future() }}
            ) as next_date
        from {{ ref("int_calendar__as_of_dates") }}
    ),

    -- a budget of the whole year is spread evenly over its days
    phased_budgets as (
        select
            basis,
            cost_center,
            amount_base,
            greatest(valid_from, period_start_date) as valid_from,
            least(valid_to, year_end_date) as valid_to
        from budget_lines
        where not is_whole_year
        union all
        select
            budget_lines.basis,
            budget_lines.cost_center,
            {{
                exact_quotient(
                    "budget_lines.amount_base * ("
                    ~ dbt.datediff(
                        "budget_lines.year_start_date",
                        "as_of_dates.as_of_date",
                        "day",
                    )
                    ~ " + 1)",
                    dbt.datediff(
                        "budget_lines.year_start_date",
                        "budget_lines.year_end_date",
                        "day",
                    ),
                )
            }} as amount_base,
            as_of_dates.as_of_date as valid_from,
            as_of_dates.next_date as valid_to
        from budget_lines
        inner join
            as_of_dates
            on as_of_dates.as_of_date
            >= greatest(budget_lines.valid_from, budget_lines.year_start_date)
            and as_of_dates.as_of_date
            < least(budget_lines.valid_to, budget_lines.year_end_date)
        where budget_lines.is_whole_year
    )

select *
from phased_budgets
where valid_from < valid_to

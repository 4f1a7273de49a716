-- one row per as-of date and slice
-- long: actual and budget are two populations with their own calendars
with
    budget_actuals as (select * from {{ ref("int_money__budget_actuals") }}),

    budget_lines as (select * from {{ ref("int_money__budget_lines") }}),

    as_of_dates as (
        select
            as_of_date,
            coalesce(
                lead(as_of_date) over (order by as_of_date), {{ far_future() }}
            ) as next_date
        from {{ ref("int_calendar__as_of_dates") }}
    ),

    -- a budget of the whole year is spread evenly over its days
    phased_budget as (
        select
            cost_center,
            amount_base,
            greatest(valid_from, period_start_date) as valid_from,
            least(valid_to, year_end_date) as valid_to
        from budget_lines
        where not is_whole_year and amount_base is not null
        union all
        select
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
        where budget_lines.is_whole_year and budget_lines.amount_base is not null
    ),

    members as (
        select
            valid_from,
            valid_to,
            coalesce(amount_base, 0) as numerator,
            0 as denominator,
            case when amount_base is not null then 1 else 0 end as covered,
            1 as population,
            cost_center
        from budget_actuals
        union all
        select
            valid_from,
            valid_to,
            - amount_base as numerator,
            amount_base as denominator,
            0 as covered,
            0 as population,
            cost_center
        from phased_budget
    ),

    cells as (
        {{ kpi_cells("members", kpi_id="budget_variance", dimensions=["cost_center"]) }}
    ),

    -- the sign of the budget goes after it is added up
    budget_variance as (
        select
            kpi_id,
            as_of_date,
            dim_type,
            dim_value,
            numerator,
            cast(abs(denominator) as decimal(38, 12)) as denominator,
            covered,
            population
        from cells
    )

select *
from budget_variance

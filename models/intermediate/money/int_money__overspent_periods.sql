-- one row per cost centre and as-of date with overspent ones among the last closed
-- periods
-- long: a budget of the whole year is cut into periods first
with
    cost_lines as (
        select
            cost_center,
            amount_base,
            posted_date,
            period_start_date,
            {{ add_months("period_start_date", 1) }} as period_end_date
        from {{ ref("int_money__cost_lines") }}
        where
            not is_commitment
            and amount_base is not null
            and period_start_date is not null
            and cost_center <> ''
    ),

    months as ({{ dbt.generate_series(12) }}),

    -- a budget of the whole year has twelve parts, by days
    budgets as (
        select
            cost_center,
            amount_base,
            period_start_date,
            {{ add_months("period_start_date", 1) }} as period_end_date,
            valid_from,
            valid_to
        from {{ ref("int_money__budget_lines") }}
        where basis = 'budget' and not is_whole_year and amount_base is not null
        union all
        select
            budget_lines.cost_center,
            {{
                exact_quotient(
                    "budget_lines.amount_base * "
                    ~ dbt.datediff(
                        add_months(
                            "budget_lines.year_start_date",
                            "cast(months.generated_number - 1 as integer)",
                        ),
                        add_months(
                            "budget_lines.year_start_date",
                            "cast(months.generated_number as integer)",
                        ),
                        "day",
                    ),
                    dbt.datediff(
                        "budget_lines.year_start_date",
                        "budget_lines.year_end_date",
                        "day",
                    ),
                )
            }} as amount_base,
            {{
                add_months(
                    "budget_lines.year_start_date",
                    "cast(months.generated_number - 1 as integer)",
                )
            }} as period_start_date,
            {{
                add_months(
                    "budget_lines.year_start_date",
                    "cast(months.generated_number as integer)",
                )
            }} as period_end_date,
            budget_lines.valid_from,
            budget_lines.valid_to
        from {{ ref("int_money__budget_lines") }} as budget_lines
        cross join months
        where
            budget_lines.basis = 'budget'
            and budget_lines.is_whole_year
            and budget_lines.amount_base is not null
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    -- a period is among the last n closed ones for n months after its end
    amounts as (
        select
            cost_lines.cost_center,
            cost_lines.period_start_date,
            cost_lines.amount_base as actual_amount,
            0 as budget_amount,
            greatest(cost_lines.posted_date, cost_lines.period_end_date) as valid_from,
            {{
                add_months(
                    "cost_lines.period_end_date",
                    "policy.persistent_overspend_periods",
                )
            }} as valid_to
        from cost_lines
        cross join policy
        union all
        select
            budgets.cost_center,
            budgets.period_start_date,
            0 as actual_amount,
            budgets.amount_base as budget_amount,
            greatest(budgets.valid_from, budgets.period_end_date) as valid_from,
            least(
                budgets.valid_to,
                {{
                    add_months(
                        "budgets.period_end_date",
                        "policy.persistent_overspend_periods",
                    )
                }}
            ) as valid_to
        from budgets
        cross join policy
    ),

    periods as (
        {{
            amounts_as_of(
                "amounts",
                keys=["cost_center", "period_start_date"],
                amounts=["actual_amount", "budget_amount"],
            )
        }}
    ),

    benchmarks as (
        select *
        from {{ ref("int_money__benchmarks") }}
        where kpi_id = 'budget_variance'
    ),

    overspent_periods as (
        select periods.cost_center, periods.as_of_date, count(*) as periods
        from periods
        inner join
            benchmarks
            on benchmarks.dim_value = periods.cost_center
            and benchmarks.as_of_date = periods.as_of_date
        where
            periods.budget_amount <> 0
            and periods.actual_amount - periods.budget_amount
            > benchmarks.target * abs(periods.budget_amount)
        group by periods.cost_center, periods.as_of_date
    )

select *
from overspent_periods

-- one row per as-of date and slice
with
    budget_actuals as (select * from {{ ref("int_money__budget_actuals") }}),

    phased_budgets as (
        select * from {{ ref("int_money__phased_budgets") }} where basis = 'budget'
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
        from phased_budgets
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

-- one row per cost centre and as-of date with a budget, spend or an open order this
-- year
-- long: everything that is compared with a budget, side by side
with
    budget_actuals as (
        select *
        from {{ ref("int_money__budget_actuals") }}
        where amount_base is not null
    ),

    phased_budgets as (select * from {{ ref("int_money__phased_budgets") }}),

    commitments as (
        select *
        from {{ ref("int_money__cost_lines") }}
        where
            is_commitment and period_start_date is not null and amount_base is not null
    ),

    overspent_periods as (select * from {{ ref("int_money__overspent_periods") }}),

    benchmarks as (
        select *
        from {{ ref("int_money__benchmarks") }}
        where kpi_id = 'budget_variance'
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    as_of_dates as (
        select
            as_of_date,
            coalesce(
                lead(as_of_date) over (order by as_of_date), {{ far_future() }}
            ) as next_date
        from {{ ref("int_calendar__as_of_dates") }}
    ),

    amounts as (
        select
            cost_center,
            amount_base as actual_amount,
            amount_at_budget_rate as actual_amount_at_budget_rate,
            0 as budget_amount,
            0 as forecast_amount,
            0 as commitment_amount,
            valid_from,
            valid_to
        from budget_actuals
        union all
        select
            cost_center,
            0 as actual_amount,
            0 as actual_amount_at_budget_rate,
            case when basis = 'budget' then amount_base else 0 end as budget_amount,
            case when basis = 'forecast' then amount_base else 0 end as forecast_amount,
            0 as commitment_amount,
            valid_from,
            valid_to
        from phased_budgets
        union all
        select
            coalesce(nullif(cost_center, ''), '(unassigned)') as cost_center,
            0 as actual_amount,
            0 as actual_amount_at_budget_rate,
            0 as budget_amount,
            0 as forecast_amount,
            amount_base as commitment_amount,
            greatest(posted_date, year_start_date) as valid_from,
            year_end_date as valid_to
        from commitments
    ),

    totals as (
        {{
            amounts_as_of(
                "amounts",
                keys=["cost_center"],
                amounts=[
                    "actual_amount",
                    "actual_amount_at_budget_rate",
                    "budget_amount",
                    "forecast_amount",
                    "commitment_amount",
                ],
            )
        }}
    ),

    positions as (
        select
            totals.*,
            totals.actual_amount - totals.budget_amount as variance_amount,
            benchmarks.target as band,
            coalesce(
                overspent_periods.periods >= policy.persistent_overspend_periods, false
            ) as is_persistent_overspend,
            totals.as_of_date as valid_from,
            as_of_dates.next_date as valid_to
        from totals
        cross join policy
        inner join as_of_dates on as_of_dates.as_of_date = totals.as_of_date
        left join
            benchmarks
            on benchmarks.dim_value = totals.cost_center
            and benchmarks.as_of_date = totals.as_of_date
        left join
            overspent_periods
            on overspent_periods.cost_center = totals.cost_center
            and overspent_periods.as_of_date = totals.as_of_date
    ),

    budget_positions as (
        select
            positions.*,
            case
                when is_persistent_overspend and variance_amount > 0
                then 'persistent_overspend'
                when budget_amount = 0 and actual_amount <> 0
                then 'spend_without_budget'
                when actual_amount = 0 and budget_amount <> 0
                then 'budget_without_spend'
                when variance_amount > band * abs(budget_amount)
                then 'overspend'
                when variance_amount < - band * abs(budget_amount)
                then 'underspend'
            end as reason_code
        from positions
    )

select *
from budget_positions

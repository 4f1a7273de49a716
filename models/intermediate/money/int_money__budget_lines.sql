-- one row per basis, budget line and span of days on which it is the one in force for
-- its period
-- long: choosing the version of each day is one thought
with
    budget_lines as (
        select * from {{ state_of("stg_finance__budget_line") }} as budget_line
    ),

    periods as (select * from {{ ref("int_money__fiscal_periods") }}),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'budget'
    ),

    -- a forecast is no budget, nor is what was approved after its period had begun;
    -- what is expected today is the version approved last, whatever its kind
    candidates as (
        select
            bases.basis,
            budget_lines.row_id,
            budget_lines.source_system,
            budget_lines.budget_id,
            budget_lines.version,
            budget_lines.version_type,
            budget_lines.approved_at,
            budget_lines.fiscal_period,
            budget_lines.cost_center,
            budget_lines.cost_category,
            budget_lines.currency,
            budget_lines.amount,
            periods.is_whole_year,
            periods.period_start_date,
            periods.year_start_date,
            periods.year_end_date,
            case
                when bases.basis = 'forecast'
                then greatest(budget_lines.valid_from, budget_lines.approved_at)
                else budget_lines.valid_from
            end as valid_from,
            budget_lines.valid_to
        from budget_lines
        inner join periods on periods.fiscal_period = budget_lines.fiscal_period
        cross join
            (
                select 'budget' as basis
                union all
                select 'forecast' as basis
            ) as bases
        where
            (
                bases.basis = 'forecast'
                and budget_lines.approved_at < budget_lines.valid_to
            )
            or (
                bases.basis = 'budget'
                and budget_lines.version_type in ('original', 'revised')
                and budget_lines.approved_at <= periods.period_start_date
            )
    ),

    days as (
        select basis, source_system, budget_id, fiscal_period, valid_from as date_day
        from candidates
        union
        select basis, source_system, budget_id, fiscal_period, valid_to as date_day
        from candidates
    ),

    segments as (
        select
            basis,
            source_system,
            budget_id,
            fiscal_period,
            date_day as valid_from,
            lead(date_day) over (
                partition by basis, source_system, budget_id, fiscal_period
                order by date_day
            ) as valid_to
        from days
    ),

    -- v10 is higher than v9: the longer version of two is the later one
    ranked as (
        select
            segments.basis,
            candidates.row_id,
            segments.valid_from,
            segments.valid_to,
            row_number() over (
                partition by
                    segments.basis,
                    segments.source_system,
                    segments.budget_id,
                    segments.fiscal_period,
                    segments.valid_from
                order by
                    candidates.approved_at desc nulls last,
                    length(candidates.version) desc nulls last,
                    candidates.version desc nulls last
            ) as choice
        from segments
        inner join
            candidates
            on candidates.basis = segments.basis
            and candidates.source_system = segments.source_system
            and candidates.budget_id = segments.budget_id
            and candidates.fiscal_period = segments.fiscal_period
            and candidates.valid_from <= segments.valid_from
            and candidates.valid_to >= segments.valid_to
    ),

    budget_in_force as (
        select
            candidates.basis,
            candidates.row_id,
            candidates.source_system,
            candidates.budget_id,
            candidates.version,
            candidates.version_type,
            candidates.approved_at,
            candidates.fiscal_period,
            candidates.is_whole_year,
            candidates.period_start_date,
            candidates.year_start_date,
            candidates.year_end_date,
            candidates.cost_center,
            candidates.cost_category,
            upper(trim(candidates.currency)) as currency,
            candidates.amount,
            rates.rate,
            {{ to_base("candidates.amount", "rates.rate") }} as amount_base,
            ranked.valid_from,
            ranked.valid_to
        from ranked
        inner join
            candidates
            on candidates.basis = ranked.basis
            and candidates.row_id = ranked.row_id
            and candidates.valid_from <= ranked.valid_from
            and candidates.valid_to >= ranked.valid_to
        left join
            rates
            on rates.currency = upper(trim(candidates.currency))
            and rates.date_day = candidates.year_start_date
        where ranked.choice = 1
    )

select *
from budget_in_force

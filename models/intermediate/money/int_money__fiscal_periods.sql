-- one row per fiscal period that the ledger or a budget names
with
    cost_lines as (select * from {{ ref("stg_finance__cost_line") }}),

    budget_lines as (select * from {{ ref("stg_finance__budget_line") }}),

    rules as (
        select
            max(
                case when fiscal_period_rule = 'fiscal_year_start_month' then value end
            ) as start_month
        from {{ ref("stg_policy__fiscal_calendar") }}
    ),

    named_periods as (
        select fiscal_period
        from cost_lines
        union
        select fiscal_period
        from budget_lines
    ),

    readable_periods as (
        select
            fiscal_period,
            substring(trim(fiscal_period), 1, 4) as year_text,
            case
                when length(trim(fiscal_period)) > 4
                then cast(substring(trim(fiscal_period), 6, 2) as integer)
            end as period_number
        from named_periods
        where
            {{ full_match("trim(fiscal_period)", "[0-9]{4}(-[0-9]{2})?") }}
            and substring(trim(fiscal_period), 1, 4) <> '0000'
    ),

    fiscal_years as (
        select
            readable_periods.fiscal_period,
            readable_periods.period_number,
            cast(
                concat_ws(
                    '',
                    readable_periods.year_text,
                    '-',
                    lpad(trim(rules.start_month), 2, '0'),
                    '-01'
                ) as date
            ) as year_start_date
        from readable_periods
        cross join rules
    ),

    fiscal_periods as (
        select
            fiscal_period,
            period_number is null as is_whole_year,
            case
                when period_number is null
                then year_start_date
                else {{ add_months("year_start_date", "period_number - 1") }}
            end as period_start_date,
            year_start_date,
            {{ add_months("year_start_date", 12) }} as year_end_date
        from fiscal_years
        where period_number is null or period_number > 0
    )

select *
from fiscal_periods

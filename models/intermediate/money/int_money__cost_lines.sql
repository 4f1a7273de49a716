-- one row per line of the ledger
with
    ledger as (select * from {{ ref("stg_finance__cost_line") }}),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    periods as (select * from {{ ref("int_money__fiscal_periods") }}),

    cost_lines as (
        select
            ledger.row_id,
            ledger.source_system,
            ledger.line_id,
            ledger.asset_id,
            ledger.finance_asset_id,
            ledger.contract_id,
            ledger.incident_id,
            ledger.posted_date,
            cast(
                {{ dbt.date_trunc("month", "ledger.posted_date") }} as date
            ) as posted_month,
            ledger.fiscal_period,
            case
                when not periods.is_whole_year then periods.period_start_date
            end as period_start_date,
            case
                when not periods.is_whole_year then periods.year_start_date
            end as year_start_date,
            case
                when not periods.is_whole_year then periods.year_end_date
            end as year_end_date,
            ledger.cost_category,
            coalesce(ledger.is_capex, false) as is_capex,
            coalesce(ledger.is_commitment, false) as is_commitment,
            ledger.cost_category in ('{{ asset_cost_categories() | join("', '") }}')
            and not coalesce(ledger.is_commitment, false) as is_asset_cost,
            ledger.cost_center,
            ledger.supplier,
            ledger.product,
            ledger.gl_account,
            ledger.po_number,
            ledger.invoice_number,
            ledger.reversal_of,
            upper(trim(ledger.currency)) as currency,
            ledger.amount,
            rates.rate,
            {{ to_base("ledger.amount", "rates.rate") }} as amount_base
        from ledger
        left join
            rates
            on rates.currency = upper(trim(ledger.currency))
            and rates.date_day = ledger.posted_date
        left join periods on periods.fiscal_period = ledger.fiscal_period
    )

select *
from cost_lines

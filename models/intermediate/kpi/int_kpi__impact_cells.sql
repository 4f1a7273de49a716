-- one row per KPI, as-of date and slice with money at stake
with
    impacts as (
        {% for area in var("kpi_areas") %}
            select
                kpi_id,
                currency,
                valid_from,
                valid_to,
                case when kind = 'recoverable_now' then amount else 0 end as now_amount,
                case when kind = 'at_renewal' then amount else 0 end as renewal_amount,
                case when kind = 'not_cash' then amount else 0 end as not_cash_amount,
                asset_class,
                department,
                cost_center,
                location,
                manufacturer,
                publisher,
                product,
                severity
            from {{ ref("int_impact__" ~ area) }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    sums as (
        {{
            span_sums(
                "impacts",
                ["now_amount", "renewal_amount", "not_cash_amount"],
                asset_dimensions() + ["publisher", "product", "severity"],
                keys=["kpi_id", "currency"],
            )
        }}
    ),

    -- what is at stake on a day is worth the rate of that day; without a rate it is
    -- left out
    impact_cells as (
        select
            sums.kpi_id,
            sums.as_of_date,
            sums.dim_type,
            sums.dim_value,
            sum({{ to_base("sums.now_amount", "rates.rate") }}) as now_amount,
            sum({{ to_base("sums.renewal_amount", "rates.rate") }}) as renewal_amount,
            sum({{ to_base("sums.not_cash_amount", "rates.rate") }}) as not_cash_amount,
            max(upper(policy.base_currency)) as impact_currency
        from sums
        cross join policy
        inner join
            rates on rates.currency = sums.currency and rates.date_day = sums.as_of_date
        where sums.members > 0
        group by sums.kpi_id, sums.as_of_date, sums.dim_type, sums.dim_value
    )

select impact_cells.*, now_amount + renewal_amount + not_cash_amount as impact_amount
from impact_cells

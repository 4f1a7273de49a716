-- one row per as-of date
-- long: bills stand for the ledger where there are bills
{% set hardware = asset_cost_categories() | join("', '") %}
with
    cost_lines as (
        select *
        from {{ ref("int_money__cost_lines") }}
        where
            not is_commitment
            and cost_category in ('{{ hardware }}', 'software', 'saas', 'cloud')
    ),

    cloud_costs as (select * from {{ ref("int_money__cloud_costs") }}),

    billed_days as (
        select
            'cloud' as cost_category,
            charge_date as valid_from,
            {{ t12m_end("charge_date") }} as valid_to
        from cloud_costs
        group by charge_date
    ),

    billed_spans as ({{ merge_spans("billed_days", ["cost_category"]) }}),

    -- where bills of the window are known they stand for the ledger's cloud lines
    cloud_parts as (
        select
            'cloud' as cost_category,
            1 as is_ledger,
            0 as is_billed,
            date '0001-01-01' as valid_from,
            {{ far_future() }} as valid_to
        union all
        select cost_category, 0 as is_ledger, 1 as is_billed, valid_from, valid_to
        from billed_spans
    ),

    unbilled_spans as (
        {{
            sweep(
                "cloud_parts",
                keys=["cost_category"],
                weights=["is_ledger", "is_billed"],
                having="is_ledger = 1 and is_billed = 0",
            )
        }}
    ),

    ledger as (
        select
            posted_date as valid_from,
            {{ t12m_end("posted_date") }} as valid_to,
            amount_base
        from cost_lines
        where cost_category <> 'cloud'
        union all
        select
            greatest(cost_lines.posted_date, unbilled_spans.valid_from) as valid_from,
            least(
                {{ t12m_end("cost_lines.posted_date") }}, unbilled_spans.valid_to
            ) as valid_to,
            cost_lines.amount_base
        from cost_lines
        inner join
            unbilled_spans on unbilled_spans.cost_category = cost_lines.cost_category
    ),

    members as (
        select
            valid_from,
            valid_to,
            coalesce(amount_base, 0) as numerator,
            0 as denominator,
            case when amount_base is not null then 1 else 0 end as covered,
            1 as population
        from ledger
        union all
        select
            charge_date as valid_from,
            {{ t12m_end("charge_date") }} as valid_to,
            billed_cost_base as numerator,
            0 as denominator,
            0 as covered,
            0 as population
        from cloud_costs
        where billed_cost_base is not null
    ),

    cells as ({{ kpi_cells("members", kpi_id="technology_spend") }}),

    technology_spend as (
        select
            kpi_id,
            as_of_date,
            dim_type,
            dim_value,
            numerator,
            cast(null as decimal(38, 12)) as denominator,
            covered,
            population
        from cells
    )

select *
from technology_spend

-- one row per as-of date
with
    cost_lines as (
        select *
        from {{ ref("int_money__cost_lines") }}
        where amount_base is not null and not is_commitment
    ),

    exposure as (select * from {{ ref("int_money__asset_exposure") }}),

    members as (
        -- what running the estate costs: depreciation stands for capital expenditure
        select
            posted_date as valid_from,
            {{ t12m_end("posted_date") }} as valid_to,
            amount_base as numerator,
            0 as denominator,
            0 as covered,
            0 as population
        from cost_lines
        where cost_category not in ('cloud', 'saas') and not is_capex
        union all
        select
            valid_from,
            valid_to,
            0 as numerator,
            0 as denominator,
            case when owned_from is not null then 1 else 0 end as covered,
            1 as population
        from exposure
    ),

    cells as ({{ kpi_cells("members", kpi_id="cost_per_asset") }}),

    estate as ({{ asset_days("exposure", start="owned_from") }}),

    cost_per_asset as (
        select
            cells.kpi_id,
            cells.as_of_date,
            cells.dim_type,
            cells.dim_value,
            cells.numerator,
            coalesce(
                {{ exact_quotient("estate.asset_days", "estate.window_days") }}, 0
            ) as denominator,
            cells.covered,
            cells.population
        from cells
        left join estate on estate.as_of_date = cells.as_of_date
    )

select *
from cost_per_asset

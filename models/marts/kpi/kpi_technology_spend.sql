-- one row per as-of date
with
    technology_spend as (select * from {{ ref("int_money__technology_spend") }}),

    members as (
        select
            valid_from,
            valid_to,
            amount_base as numerator,
            0 as denominator,
            convertible_lines as covered,
            ledger_lines as population
        from technology_spend
    ),

    cells as ({{ kpi_cells("members", kpi_id="technology_spend") }}),

    kpi_technology_spend as (
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
from kpi_technology_spend

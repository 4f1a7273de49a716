-- one row per KPI and as-of date
with
    catalog as (
        select *
        from {{ ref("kpi_catalog") }}
        where concat('|', roles, '|') like '%|cio|%'
    ),

    results as (select * from {{ ref("kpi_results") }} where dim_type = 'all'),

    mart_cio as (
        select
            results.kpi_id,
            results.as_of_date,
            catalog.name,
            catalog.question,
            results.value,
            results.numerator,
            results.denominator,
            results.unit,
            catalog.direction,
            results.target,
            results.target_state,
            results.rag,
            results.status,
            results.trust,
            results.coverage,
            results.reason,
            results.previous_value,
            results.year_ago_value,
            results.impact_amount,
            results.impact_currency,
            results.impact_statement
        from results
        inner join catalog on catalog.kpi_id = results.kpi_id
    )

select *
from mart_cio

-- one row per as-of date
with
    cloud_costs as (select * from {{ ref("int_money__cloud_costs") }}),

    members as (
        select
            charge_date as valid_from,
            {{ t12m_end("charge_date") }} as valid_to,
            case
                when is_unused_commitment then coalesce(effective_cost_base, 0) else 0
            end as numerator,
            case
                when is_commitment then coalesce(effective_cost_base, 0) else 0
            end as denominator,
            case
                when is_commitment and effective_cost_base is not null then 1 else 0
            end as covered,
            case when is_commitment then 1 else 0 end as population
        from cloud_costs
        where is_commitment or is_unused_commitment
    ),

    cells as ({{ kpi_cells("members", kpi_id="cloud_commitment_waste_pct") }})

select *
from cells

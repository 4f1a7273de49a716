-- one row per as-of date
with
    cloud_costs as (select * from {{ ref("int_money__cloud_costs") }}),

    cloud_resources as (select * from {{ ref("int_money__cloud_resources") }}),

    -- two cost centres of one resource tie its cost once
    owned_resources as ({{ merge_spans("cloud_resources", ["resource_id"]) }}),

    members as (
        select
            charge_date as valid_from,
            {{ t12m_end("charge_date") }} as valid_to,
            case
                when has_cost_center_tag or has_cost_center_account
                then coalesce(effective_cost_base, 0)
                else 0
            end as numerator,
            coalesce(effective_cost_base, 0) as denominator,
            case when effective_cost_base is not null then 1 else 0 end as covered,
            1 as population
        from cloud_costs
        union all
        select
            greatest(cloud_costs.charge_date, owned_resources.valid_from) as valid_from,
            least(
                {{ t12m_end("cloud_costs.charge_date") }}, owned_resources.valid_to
            ) as valid_to,
            cloud_costs.effective_cost_base as numerator,
            0 as denominator,
            0 as covered,
            0 as population
        from cloud_costs
        inner join
            owned_resources on owned_resources.resource_id = cloud_costs.resource_id
        where
            cloud_costs.effective_cost_base is not null
            and not cloud_costs.has_cost_center_tag
            and not cloud_costs.has_cost_center_account
    ),

    cells as ({{ kpi_cells("members", kpi_id="cloud_allocation_rate") }})

select *
from cells

-- one row per as-of date
with
    cloud_allocations as (select * from {{ ref("int_money__cloud_allocations") }}),

    members as (
        select
            valid_from,
            valid_to,
            case
                when allocation <> 'unallocated' then effective_cost_base else 0
            end as numerator,
            effective_cost_base as denominator,
            convertible_lines as covered,
            bill_lines as population
        from cloud_allocations
    ),

    cells as ({{ kpi_cells("members", kpi_id="cloud_allocation_rate") }})

select *
from cells

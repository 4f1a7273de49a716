-- one row per day, account, service category, way of allocation and span of the bill
-- long: cost moves between two ways while an asset owns the resource
with
    cloud_costs as (select * from {{ ref("int_money__cloud_costs") }}),

    cloud_resources as (select * from {{ ref("int_money__cloud_resources") }}),

    -- two cost centres of one resource tie its cost once
    owned_resources as ({{ merge_spans("cloud_resources", ["resource_id"]) }}),

    lines as (
        select
            cloud_costs.*,
            coalesce(
                nullif(sub_account_id, ''),
                nullif(billing_account_id, ''),
                '(unassigned)'
            ) as cloud_account,
            case
                when has_cost_center_tag
                then 'tag'
                when has_cost_center_account
                then 'account'
                else 'unallocated'
            end as allocation,
            charge_date as valid_from,
            {{ t12m_end("charge_date") }} as valid_to
        from cloud_costs
    ),

    -- while an asset owns the resource its cost moves from one way to the other
    owned_lines as (
        select
            lines.cloud_account,
            lines.service_category,
            lines.effective_cost_base,
            greatest(lines.valid_from, owned_resources.valid_from) as valid_from,
            least(lines.valid_to, owned_resources.valid_to) as valid_to
        from lines
        inner join
            owned_resources
            on owned_resources.resource_id = lines.resource_id
            and owned_resources.valid_from < lines.valid_to
            and owned_resources.valid_to > lines.valid_from
        where lines.allocation = 'unallocated' and lines.effective_cost_base is not null
    ),

    parts as (
        select
            cloud_account,
            service_category,
            allocation,
            coalesce(effective_cost_base, 0) as effective_cost_base,
            1 as bill_lines,
            case
                when effective_cost_base is not null then 1 else 0
            end as convertible_lines,
            valid_from,
            valid_to
        from lines
        union all
        select
            cloud_account,
            service_category,
            moves.allocation,
            moves.sign * effective_cost_base as effective_cost_base,
            0 as bill_lines,
            0 as convertible_lines,
            valid_from,
            valid_to
        from owned_lines
        cross join
            (
                select 'resource' as allocation, 1 as sign
                union all
                select 'unallocated' as allocation, -1 as sign
            ) as moves
    ),

    cloud_allocations as (
        select
            cloud_account,
            coalesce(
                nullif(trim(service_category), ''), '(unassigned)'
            ) as service_category,
            allocation,
            sum(effective_cost_base) as effective_cost_base,
            sum(bill_lines) as bill_lines,
            sum(convertible_lines) as convertible_lines,
            valid_from,
            valid_to
        from parts
        group by 1, 2, 3, valid_from, valid_to
    )

select *
from cloud_allocations

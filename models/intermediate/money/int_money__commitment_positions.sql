-- one row per cloud commitment and as-of date with cost of it in the last twelve months
with
    cloud_costs as (
        select *
        from {{ ref("int_money__cloud_costs") }}
        where is_commitment or is_unused_commitment
    ),

    as_of_dates as (
        select
            as_of_date,
            coalesce(
                lead(as_of_date) over (order by as_of_date), {{ far_future() }}
            ) as next_date
        from {{ ref("int_calendar__as_of_dates") }}
    ),

    amounts as (
        select
            coalesce(
                nullif(commitment_discount_id, ''), '(unassigned)'
            ) as commitment_id,
            sum(
                case
                    when is_unused_commitment
                    then coalesce(effective_cost_base, 0)
                    else 0
                end
            ) as unused_amount,
            sum(
                case when is_commitment then coalesce(effective_cost_base, 0) else 0 end
            ) as committed_amount,
            charge_date as valid_from,
            {{ t12m_end("charge_date") }} as valid_to
        from cloud_costs
        group by 1, charge_date
    ),

    totals as (
        {{
            amounts_as_of(
                "amounts",
                keys=["commitment_id"],
                amounts=["unused_amount", "committed_amount"],
            )
        }}
    ),

    commitment_positions as (
        select
            totals.commitment_id,
            totals.unused_amount,
            totals.committed_amount,
            totals.as_of_date as valid_from,
            as_of_dates.next_date as valid_to
        from totals
        inner join as_of_dates on as_of_dates.as_of_date = totals.as_of_date
    )

select *
from commitment_positions

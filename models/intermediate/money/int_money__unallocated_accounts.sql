-- one row per cloud account and as-of date with cost that nobody owns
with
    cloud_allocations as (
        select *
        from {{ ref("int_money__cloud_allocations") }}
        where allocation = 'unallocated'
    ),

    as_of_dates as (
        select
            as_of_date,
            coalesce(
                lead(as_of_date) over (order by as_of_date), {{ far_future() }}
            ) as next_date
        from {{ ref("int_calendar__as_of_dates") }}
    ),

    totals as (
        {{
            amounts_as_of(
                "cloud_allocations",
                keys=["cloud_account"],
                amounts=["effective_cost_base"],
            )
        }}
    ),

    unallocated_accounts as (
        select
            totals.cloud_account,
            totals.effective_cost_base,
            totals.as_of_date as valid_from,
            as_of_dates.next_date as valid_to
        from totals
        inner join as_of_dates on as_of_dates.as_of_date = totals.as_of_date
    )

select *
from unallocated_accounts

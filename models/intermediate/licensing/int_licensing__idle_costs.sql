-- one row per KPI, entity and as-of date: what its unused rights cost a year
-- long: seven KPIs read the same two amounts
with
    amounts as (select * from {{ ref("int_licensing__utilization") }}),

    positions as (
        select *
        from {{ ref("int_licensing__position_costs") }}
        where exclusion_reason is null and surplus > 0
    ),

    subscriptions as (
        select * from {{ ref("int_licensing__subscription_use") }} where is_measurable
    ),

    seats as (
        select * from {{ ref("int_licensing__held_seats") }} where failure is not null
    ),

    unapproved as (
        select product_key, 1 as installs, valid_from, valid_to
        from {{ ref("int_licensing__failing_installs") }}
        where kpi_id = 'unauthorized_software_pct'
    ),

    committed as (select * from {{ ref("int_licensing__committed_rights") }}),

    compared as ({{ compared_dates() }}),

    seat_spans as (select product_key, 1 as seats, valid_from, valid_to from seats),

    seat_counts as ({{ amounts_as_of("seat_spans", ["product_key"], ["seats"]) }}),

    unapproved_counts as (
        {{ amounts_as_of("unapproved", ["product_key"], ["installs"]) }}
    ),

    -- seats bought and not used, and those of them that somebody holds
    idle as (
        select
            subscriptions.product_key,
            subscriptions.as_of_date,
            amounts.annual_cost,
            subscriptions.purchased_seats,
            purchased_seats - least(purchased_seats, active_people) as unused_seats,
            -- what the contract lets go
            least(
                purchased_seats - least(purchased_seats, active_people),
                greatest(purchased_seats - coalesce(committed.committed_rights, 0), 0)
            ) as free_seats,
            coalesce(seat_counts.seats, 0) as failing_seats
        from subscriptions
        inner join
            amounts
            on amounts.product_key = subscriptions.product_key
            and amounts.as_of_date = subscriptions.as_of_date
        left join
            seat_counts
            on seat_counts.product_key = subscriptions.product_key
            and seat_counts.as_of_date = subscriptions.as_of_date
        left join
            committed
            on committed.product_key = subscriptions.product_key
            and committed.as_of_date = subscriptions.as_of_date
    ),

    seat_costs as (
        select
            kpis.kpi_id,
            idle.*,
            {{ exact_quotient("free_seats", "unused_seats") }} as free_share,
            least(idle.failing_seats, idle.unused_seats) as held_part,
            case
                when kpis.kpi_id = 'saas_utilization_rate'
                then greatest(idle.unused_seats - idle.failing_seats, 0)
                else 0
            end as other_part
        from idle
        cross join
            (
                select 'saas_utilization_rate' as kpi_id
                union all
                select 'saas_assigned_utilization_rate' as kpi_id
            ) as kpis
    ),

    -- by seat on the dates that readers compare, else by product
    entities as (
        select
            seat_costs.kpi_id,
            'seat' as entity_type,
            {{
                pseudonym(
                    "concat_ws('', seats.source_system, '|', seats.assignment_id)"
                )
            }} as entity_id,
            seat_costs.product_key,
            seat_costs.as_of_date,
            {{
                share_of(
                    share_of("annual_cost", "held_part", "purchased_seats"),
                    "1",
                    "failing_seats",
                )
            }} as amount,
            seat_costs.free_share
        from seat_costs
        inner join compared on compared.as_of_date = seat_costs.as_of_date
        inner join
            seats
            on seats.product_key = seat_costs.product_key
            and seats.valid_from <= compared.as_of_date
            and seats.valid_to > compared.as_of_date
        union all
        select
            seat_costs.kpi_id,
            'product' as entity_type,
            seat_costs.product_key as entity_id,
            seat_costs.product_key,
            seat_costs.as_of_date,
            case
                when compared.as_of_date is null
                then
                    {{
                        share_of(
                            "annual_cost",
                            "(held_part + other_part)",
                            "purchased_seats",
                        )
                    }}
                else {{ share_of("annual_cost", "other_part", "purchased_seats") }}
            end as amount,
            seat_costs.free_share
        from seat_costs
        left join compared on compared.as_of_date = seat_costs.as_of_date
        union all
        select
            kpis.kpi_id,
            'product' as entity_type,
            amounts.product_key as entity_id,
            amounts.product_key,
            amounts.as_of_date,
            case
                kpis.kpi_id
                when 'license_utilization_rate'
                then case when is_measurable then annual_cost - used_cost end
                when 'software_spend_utilization'
                then case when is_measurable then spend - used_spend end
                when 'shelfware_pct'
                then shelf_cost
                when 'shelfware_total_pct'
                then shelf_cost + undeployed_cost
            end as amount,
            cast(1 as decimal(38, 12)) as free_share
        from amounts
        cross join
            (
                select 'license_utilization_rate' as kpi_id
                union all
                select 'software_spend_utilization' as kpi_id
                union all
                select 'shelfware_pct' as kpi_id
                union all
                select 'shelfware_total_pct' as kpi_id
            ) as kpis
        union all
        select
            'unauthorized_software_pct' as kpi_id,
            'product' as entity_type,
            amounts.product_key as entity_id,
            amounts.product_key,
            amounts.as_of_date,
            amounts.annual_cost as amount,
            cast(1 as decimal(38, 12)) as free_share
        from amounts
        inner join
            unapproved_counts
            on unapproved_counts.product_key = amounts.product_key
            and unapproved_counts.as_of_date = amounts.as_of_date
        union all
        select
            'license_position_rate' as kpi_id,
            'product' as entity_type,
            amounts.product_key as entity_id,
            amounts.product_key,
            amounts.as_of_date,
            {{
                share_of(
                    "amounts.annual_cost", "positions.surplus", "positions.rights"
                )
            }} as amount,
            cast(1 as decimal(38, 12)) as free_share
        from amounts
        inner join
            positions
            on positions.product_key = amounts.product_key
            and positions.as_of_date = amounts.as_of_date
    )

select *
from entities
where amount > 0

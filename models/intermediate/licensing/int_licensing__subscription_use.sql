-- one row per product licensed by seat, and as-of date (K20)
-- long: three counts over time, one row per product
with
    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    positions as (
        select *
        from {{ ref("int_licensing__positions") }}
        where metric = 'subscription_seat' and is_entitled and exclusion_reason is null
    ),

    seats as (select * from {{ ref("int_licensing__seats") }} where activity_supported),

    -- a seat counts when its ramp-up is over
    held as (
        select
            seats.product_key,
            seats.holder_key,
            seats.source_system,
            seats.assignment_id,
            seats.account_status,
            greatest(
                seats.valid_from,
                coalesce(
                    {{
                        add_days(
                            "cast(seats.assigned_at as date)",
                            "policy.saas_rampup_days",
                        )
                    }},
                    seats.valid_from
                )
            ) as valid_from,
            seats.valid_to
        from seats
        cross join policy
        where
            seats.account_status <> 'deleted'
            and not seats.is_service
            and not seats.is_guest
    ),

    active as (
        select *
        from {{ ref("int_licensing__seat_activity") }}
        where is_active_in_saas_window
    ),

    active_seats as (
        select
            held.product_key,
            held.holder_key,
            greatest(held.valid_from, active.valid_from) as valid_from,
            least(held.valid_to, active.valid_to) as valid_to
        from held
        inner join
            active
            on active.source_system = held.source_system
            and active.assignment_id = held.assignment_id
            and active.valid_from < held.valid_to
            and active.valid_to > held.valid_from
        where held.account_status <> 'suspended'
    ),

    active_people as ({{ merge_spans("active_seats", ["product_key", "holder_key"]) }}),

    members as (
        select
            product_key,
            1 as supported_seats,
            0 as held_seats,
            0 as active_people,
            valid_from,
            valid_to
        from seats
        union all
        select product_key, 0, 1, 0, valid_from, valid_to
        from held
        union all
        select product_key, 0, 0, 1, valid_from, valid_to
        from active_people
    ),

    amounts as (
        {{
            amounts_as_of(
                "members",
                ["product_key"],
                ["supported_seats", "held_seats", "active_people"],
            )
        }}
    ),

    subscription_use as (
        select
            positions.product_key,
            positions.as_of_date,
            positions.rights_exact
            + positions.rights_downgrade
            + positions.rights_any_version as purchased_seats,
            coalesce(amounts.supported_seats, 0) > 0 as is_measurable,
            coalesce(amounts.held_seats, 0) as held_seats,
            coalesce(amounts.active_people, 0) as active_people
        from positions
        left join
            amounts
            on amounts.product_key = positions.product_key
            and amounts.as_of_date = positions.as_of_date
    )

select *
from subscription_use
where purchased_seats > 0

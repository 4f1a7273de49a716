-- one row per product licensed by seat, and as-of date (K20)
with
    positions as (
        select *
        from {{ ref("int_licensing__positions") }}
        where metric = 'subscription_seat' and is_entitled and exclusion_reason is null
    ),

    seats as (select * from {{ ref("int_licensing__seats") }} where activity_supported),

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
        select
            product_key,
            0 as supported_seats,
            1 as held_seats,
            case when is_active_person then 1 else 0 end as active_people,
            valid_from,
            valid_to
        from {{ ref("int_licensing__held_seats") }}
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

-- one row per product licensed by seat whose use can be seen, and as-of date (K20)
-- long: one line per count
with
    subscriptions as (
        select * from {{ ref("int_licensing__subscription_use") }} where is_measurable
    ),

    amounts as (select * from {{ ref("int_licensing__utilization") }}),

    long_windows as (select * from {{ ref("int_licensing__long_window_use") }}),

    countable as (
        select product_key, 1 as countable_seats, valid_from, valid_to
        from {{ ref("int_licensing__seats") }}
        where
            activity_supported
            and account_status <> 'deleted'
            and not is_service
            and not is_guest
    ),

    countable_counts as (
        {{ amounts_as_of("countable", ["product_key"], ["countable_seats"]) }}
    ),

    held as (
        select
            product_key,
            case when is_leaver then 1 else 0 end as leaver_seats,
            {%- for failure in ["blocked", "duplicate", "idle", "never_used"] %}
                case
                    when failure = 'seat_{{ failure }}' then 1 else 0
                end as {{ failure }}_seats,
            {%- endfor %}
            valid_from,
            valid_to
        from {{ ref("int_licensing__held_seats") }}
    ),

    held_counts as (
        {{
            amounts_as_of(
                "held",
                ["product_key"],
                [
                    "leaver_seats",
                    "blocked_seats",
                    "duplicate_seats",
                    "idle_seats",
                    "never_used_seats",
                ],
            )
        }}
    ),

    seat_counts as (
        select
            subscriptions.product_key,
            subscriptions.as_of_date,
            subscriptions.purchased_seats,
            subscriptions.held_seats,
            coalesce(countable_counts.countable_seats, 0)
            - subscriptions.held_seats as ramp_up_seats,
            {%- for count in [
                "leaver_seats",
                "blocked_seats",
                "duplicate_seats",
                "idle_seats",
                "never_used_seats",
            ] %}
                coalesce(held_counts.{{ count }}, 0) as {{ count }},
            {%- endfor %}
            {{
                share_of(
                    "coalesce(amounts.annual_cost, 0)",
                    "coalesce(held_counts.leaver_seats, 0)",
                    "subscriptions.purchased_seats",
                )
            }} as leaver_cost,
            coalesce(long_windows.active_in_two, 0) as active_in_two,
            coalesce(long_windows.active_in_three, 0) as active_in_three
        from subscriptions
        {%- for counts in [
                "amounts",
                "long_windows",
                "countable_counts",
                "held_counts",
            ] %}
            left join
                {{ counts }}
                on {{ counts }}.product_key = subscriptions.product_key
                and {{ counts }}.as_of_date = subscriptions.as_of_date
        {%- endfor %}
    )

select *
from seat_counts

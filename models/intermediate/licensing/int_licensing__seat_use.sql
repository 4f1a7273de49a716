-- one row per product, holder and days of equal evidence of use (K19, K21)
-- long: three kinds of evidence
with
    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    seats as (
        select *
        from {{ ref("int_licensing__seats") }}
        where account_status <> 'deleted' and not is_service and not is_guest
    ),

    activity as (select * from {{ ref("int_licensing__seat_activity") }}),

    seen as (
        select
            seats.product_key,
            seats.holder_key,
            case when activity.is_active_in_usage_window then 1 else 0 end as used,
            greatest(seats.valid_from, activity.valid_from) as valid_from,
            least(seats.valid_to, activity.valid_to) as valid_to
        from seats
        inner join
            activity
            on activity.source_system = seats.source_system
            and activity.assignment_id = seats.assignment_id
            and activity.valid_from < seats.valid_to
            and activity.valid_to > seats.valid_from
        where seats.activity_supported
    ),

    parts as (
        select
            product_key,
            holder_key,
            1 as seats,
            case when activity_supported then 1 else 0 end as supported,
            0 as settled,
            0 as used_ever,
            0 as used,
            valid_from,
            valid_to
        from seats
        union all
        select
            seats.product_key,
            seats.holder_key,
            0 as seats,
            0 as supported,
            1 as settled,
            0 as used_ever,
            0 as used,
            greatest(
                seats.valid_from,
                coalesce(
                    {{
                        add_days(
                            "cast(seats.assigned_at as date)",
                            "policy.usage_window_days",
                        )
                    }},
                    seats.valid_from
                )
            ) as valid_from,
            seats.valid_to
        from seats
        cross join policy
        where seats.activity_supported
        union all
        select
            product_key,
            holder_key,
            0 as seats,
            0 as supported,
            0 as settled,
            1 as used_ever,
            used,
            valid_from,
            valid_to
        from seen
    ),

    swept as (
        {{
            sweep(
                "parts",
                ["product_key", "holder_key"],
                ["seats", "supported", "settled", "used_ever", "used"],
                "seats > 0",
            )
        }}
    ),

    yes_or_no as (
        select
            product_key,
            holder_key,
            case when supported > 0 then 1 else 0 end as supported,
            case when settled > 0 then 1 else 0 end as settled,
            case when used_ever > 0 then 1 else 0 end as used_ever,
            case when used > 0 then 1 else 0 end as used,
            valid_from,
            valid_to
        from swept
    ),

    seat_use as (
        {{
            merge_spans(
                "yes_or_no",
                [
                    "product_key",
                    "holder_key",
                    "supported",
                    "settled",
                    "used_ever",
                    "used",
                ],
            )
        }}
    )

select *
from seat_use

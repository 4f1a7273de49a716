-- one row per product, holder and days of equal evidence of use (K19, K21)
-- long: five kinds of evidence
with
    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    seats as (
        select *
        from {{ ref("int_licensing__seats") }}
        where account_status <> 'deleted' and not is_service and not is_guest
    ),

    sightings as (
        select *
        from {{ state_of("stg_licensing__license_assignment_sightings") }} as sightings
        where last_activity_at is not null
    ),

    seen as (
        select
            seats.product_key,
            seats.holder_key,
            cast(sightings.last_activity_at as date) as last_activity_date,
            greatest(seats.valid_from, sightings.valid_from) as valid_from,
            least(seats.valid_to, sightings.valid_to) as valid_to
        from seats
        inner join
            sightings
            on sightings.source_system = seats.source_system
            and sightings.assignment_id = seats.assignment_id
            and sightings.valid_from < seats.valid_to
            and sightings.valid_to > seats.valid_from
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
            0 as used,
            valid_from,
            valid_to
        from seen
        union all
        select
            seen.product_key,
            seen.holder_key,
            0 as seats,
            0 as supported,
            0 as settled,
            0 as used_ever,
            1 as used,
            seen.valid_from,
            least(
                seen.valid_to,
                {{ add_days("seen.last_activity_date", "policy.usage_window_days") }}
            ) as valid_to
        from seen
        cross join policy
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

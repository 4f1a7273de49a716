-- one row per product, consumer and days on which its need and its evidence of use are the same (K19, K21)
with
    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    terms as (
        select * from {{ ref("int_licensing__terms") }} where exclusion_reason is null and is_entitled
    ),

    consumers as (
        select *
        from {{ ref("int_licensing__consumers") }}
        where metric not in ('named_user', 'subscription_seat')
    ),

    install_use as (select * from {{ ref("int_licensing__install_use") }}),

    device_users as (select * from {{ ref("int_licensing__device_users") }}),

    seats as (
        select
            seats.*,
            greatest(seats.valid_from, terms.valid_from) as held_from,
            least(seats.valid_to, terms.valid_to) as held_to
        from {{ ref("int_licensing__seats") }} as seats
        inner join
            terms
            on terms.product_key = seats.product_key
            and terms.valid_from < seats.valid_to
            and terms.valid_to > seats.valid_from
        where
            terms.metric in ('named_user', 'subscription_seat')
            and seats.account_status <> 'deleted'
            and not seats.is_service
            and not seats.is_guest
    ),

    holders as (
        select product_key, holder_key as consumer_key, held_from as valid_from, held_to as valid_to
        from seats
    ),

    merged_holders as ({{ merge_spans("holders", ["product_key", "consumer_key"]) }}),

    sightings as (
        select * from {{ state_of("stg_licensing__license_assignment_sightings") }} as sightings
        where last_activity_at is not null
    ),

    active_seats as (
        select
            seats.product_key,
            seats.holder_key as consumer_key,
            sightings.last_activity_at,
            greatest(seats.held_from, sightings.valid_from) as valid_from,
            least(seats.held_to, sightings.valid_to) as valid_to
        from seats
        inner join
            sightings
            on sightings.source_system = seats.source_system
            and sightings.assignment_id = seats.assignment_id
            and sightings.valid_from < seats.held_to
            and sightings.valid_to > seats.held_from
        where seats.activity_supported
    ),

    measured_use as (
        select install_use.*, terms.metric, terms.valid_from as terms_from, terms.valid_to as terms_to
        from install_use
        inner join
            terms
            on terms.product_key = install_use.product_key
            and terms.valid_from < install_use.valid_to
            and terms.valid_to > install_use.valid_from
        where terms.metric not in ('named_user', 'subscription_seat')
    ),

    parts as (
        select
            product_key,
            consumer_key,
            need,
            1 as consumers,
            0 as supported,
            0 as settled,
            0 as used_ever,
            0 as used,
            0 as metered,
            cast(0 as bigint) as minutes,
            valid_from,
            valid_to
        from consumers
        union all
        select product_key, consumer_key, 1, 1, 0, 0, 0, 0, 0, 0, valid_from, valid_to
        from merged_holders
        union all
        select product_key, holder_key, 0, 0, 1, 0, 0, 0, 0, 0, held_from, held_to
        from seats
        where activity_supported
        union all
        select
            seats.product_key,
            seats.holder_key,
            0,
            0,
            0,
            1,
            0,
            0,
            0,
            0,
            greatest(
                seats.held_from,
                coalesce(
                    {{ add_days("cast(seats.assigned_at as date)", "policy.usage_window_days") }},
                    seats.held_from
                )
            ),
            seats.held_to
        from seats
        cross join policy
        where seats.activity_supported
        union all
        select product_key, consumer_key, 0, 0, 0, 0, 1, 0, 0, 0, valid_from, valid_to
        from active_seats
        union all
        select
            active_seats.product_key,
            active_seats.consumer_key,
            0,
            0,
            0,
            0,
            0,
            1,
            0,
            0,
            active_seats.valid_from,
            least(
                active_seats.valid_to,
                {{ add_days("cast(active_seats.last_activity_at as date)", "policy.usage_window_days") }}
            )
        from active_seats
        cross join policy
        union all
        select
            product_key,
            'device:' || device_key,
            0,
            0,
            supported,
            settled,
            used_ever,
            used,
            metered,
            minutes,
            greatest(valid_from, terms_from),
            least(valid_to, terms_to)
        from measured_use
        where metric <> 'per_user'
        union all
        select
            measured_use.product_key,
            device_users.user_key,
            0,
            0,
            measured_use.supported,
            measured_use.settled,
            measured_use.used_ever,
            measured_use.used,
            measured_use.metered,
            measured_use.minutes,
            greatest(measured_use.valid_from, measured_use.terms_from, device_users.valid_from),
            least(measured_use.valid_to, measured_use.terms_to, device_users.valid_to)
        from measured_use
        inner join
            device_users
            on device_users.device_key = measured_use.device_key
            and device_users.valid_from < measured_use.valid_to
            and device_users.valid_to > measured_use.valid_from
        where measured_use.metric = 'per_user'
    ),

    swept as (
        {{
            sweep(
                "parts",
                ["product_key", "consumer_key"],
                ["need", "consumers", "supported", "settled", "used_ever", "used", "metered", "minutes"],
                "consumers > 0",
            )
        }}
    ),

    -- the steps of K21: unknown is not idle, and what came in the window is not yet judged
    consumer_use as (
        select
            swept.product_key,
            swept.consumer_key,
            swept.need,
            swept.used_ever > 0 as has_use_record,
            swept.used > 0 as is_used,
            case
                when swept.supported = 0
                then 'unknown'
                when swept.used = 0 and swept.settled = 0
                then 'new'
                when swept.used_ever = 0
                then 'never'
                when swept.used = 0
                then 'dormant'
                when
                    swept.settled > 0
                    and swept.metered > 0
                    and swept.minutes < policy.shelfware_min_minutes_90d
                then 'rare'
                else 'used'
            end as use_step,
            swept.valid_from,
            swept.valid_to
        from swept
        cross join policy
    )

select *
from consumer_use

-- one row per product, consumer and days of equal need and use (K19, K21)
-- long: evidence reaches a consumer by its seat, its device or its user
with
    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    terms as (
        select *
        from {{ ref("int_licensing__terms") }}
        where exclusion_reason is null and is_entitled
    ),

    consumers as (
        select *
        from {{ ref("int_licensing__consumers") }}
        where metric not in ('named_user', 'subscription_seat')
    ),

    seat_use as (select * from {{ ref("int_licensing__seat_use") }}),

    install_use as (select * from {{ ref("int_licensing__install_use") }}),

    device_users as (select * from {{ ref("int_licensing__device_users") }}),

    installs as (
        select
            install_use.product_key,
            install_use.device_key,
            terms.metric,
            install_use.supported,
            install_use.settled,
            install_use.used_ever,
            install_use.used,
            install_use.metered,
            install_use.minutes,
            greatest(install_use.valid_from, terms.valid_from) as valid_from,
            least(install_use.valid_to, terms.valid_to) as valid_to
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
        -- who holds a seat needs one right, however many seats are theirs
        select
            seat_use.product_key,
            seat_use.holder_key as consumer_key,
            1 as need,
            1 as consumers,
            seat_use.supported,
            seat_use.settled,
            seat_use.used_ever,
            seat_use.used,
            0 as metered,
            0 as minutes,
            greatest(seat_use.valid_from, terms.valid_from) as valid_from,
            least(seat_use.valid_to, terms.valid_to) as valid_to
        from seat_use
        inner join
            terms
            on terms.product_key = seat_use.product_key
            and terms.valid_from < seat_use.valid_to
            and terms.valid_to > seat_use.valid_from
        where terms.metric in ('named_user', 'subscription_seat')
        union all
        select
            product_key,
            'device:' || device_key as consumer_key,
            0 as need,
            0 as consumers,
            supported,
            settled,
            used_ever,
            used,
            metered,
            minutes,
            valid_from,
            valid_to
        from installs
        where metric <> 'per_user'
        union all
        select
            installs.product_key,
            device_users.user_key as consumer_key,
            0 as need,
            0 as consumers,
            installs.supported,
            installs.settled,
            installs.used_ever,
            installs.used,
            installs.metered,
            installs.minutes,
            greatest(installs.valid_from, device_users.valid_from) as valid_from,
            least(installs.valid_to, device_users.valid_to) as valid_to
        from installs
        inner join
            device_users
            on device_users.device_key = installs.device_key
            and device_users.valid_from < installs.valid_to
            and device_users.valid_to > installs.valid_from
        where installs.metric = 'per_user'
    ),

    swept as (
        {{
            sweep(
                "parts",
                ["product_key", "consumer_key"],
                [
                    "need",
                    "consumers",
                    "supported",
                    "settled",
                    "used_ever",
                    "used",
                    "metered",
                    "minutes",
                ],
                "consumers > 0",
            )
        }}
    ),

    -- the steps of K21: unknown is not idle, and what came in the window is not yet
    -- judged
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

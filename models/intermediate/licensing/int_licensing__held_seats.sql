-- one row per seat that K20 counts, its holder, and days on which it stands the same
-- way
-- long: use, a second seat of the same person and the holder's leaving meet here
with
    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    terms as (
        select *
        from {{ ref("int_licensing__terms") }}
        where metric = 'subscription_seat' and is_entitled and exclusion_reason is null
    ),

    rights as (
        select
            product_key,
            right_kind,
            {{ version_order("version_major") }} as version_order,
            rights,
            valid_from,
            valid_to
        from {{ ref("int_licensing__rights") }}
    ),

    -- returns net within their version, as in the licence position
    pools as (
        {{
            sweep(
                "rights",
                ["product_key", "right_kind", "version_order"],
                ["rights"],
                "rights > 0",
            )
        }}
    ),

    bought as ({{ merge_spans("pools", ["product_key"]) }}),

    sold as (
        select
            terms.product_key,
            greatest(terms.valid_from, bought.valid_from) as valid_from,
            least(terms.valid_to, bought.valid_to) as valid_to
        from terms
        inner join
            bought
            on bought.product_key = terms.product_key
            and bought.valid_from < terms.valid_to
            and bought.valid_to > terms.valid_from
    ),

    -- a seat counts when its ramp-up is over
    settled as (
        select
            seats.*,
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
            ) as counts_from
        from {{ ref("int_licensing__seats") }} as seats
        cross join policy
        where
            seats.activity_supported
            and seats.account_status <> 'deleted'
            and not seats.is_service
            and not seats.is_guest
    ),

    held as (
        select
            settled.row_id,
            settled.product_key,
            settled.holder_key,
            settled.source_system,
            settled.assignment_id,
            settled.account_status,
            greatest(settled.counts_from, sold.valid_from) as valid_from,
            least(settled.valid_to, sold.valid_to) as valid_to
        from settled
        inner join
            sold
            on sold.product_key = settled.product_key
            and sold.valid_from < settled.valid_to
            and sold.valid_to > settled.counts_from
    ),

    seat_rows as (
        select row_id, source_system, assignment_id, account_status
        from held
        group by row_id, source_system, assignment_id, account_status
    ),

    used as (
        select
            held.row_id,
            held.product_key,
            held.holder_key,
            held.source_system,
            held.assignment_id,
            held.account_status,
            concat_ws('', held.source_system, '|', held.assignment_id) as seat_id,
            activity.is_active_in_saas_window,
            greatest(held.valid_from, activity.valid_from) as valid_from,
            least(held.valid_to, activity.valid_to) as valid_to
        from held
        inner join
            {{ ref("int_licensing__seat_activity") }} as activity
            on activity.source_system = held.source_system
            and activity.assignment_id = held.assignment_id
            and activity.valid_from < held.valid_to
            and activity.valid_to > held.valid_from
    ),

    active as (
        select *
        from used
        where is_active_in_saas_window and account_status <> 'suspended'
    ),

    -- a person is active once, whatever they hold
    first_active as (
        {{
            pick_best(
                "active",
                ["product_key", "holder_key"],
                "seat_id",
                "rivals.seat_id",
            )
        }}
    ),

    left_behind as (
        select
            held.product_key,
            held.holder_key,
            held.source_system,
            held.assignment_id,
            held.account_status,
            greatest(held.valid_from, leavers.valid_from) as valid_from,
            least(held.valid_to, leavers.valid_to) as valid_to
        from held
        inner join
            {{ ref("int_licensing__leavers") }} as leavers
            on 'person:' || leavers.person_id = held.holder_key
            and leavers.valid_from < held.valid_to
            and leavers.valid_to > held.valid_from
    ),

    parts as (
        select
            product_key,
            holder_key,
            source_system,
            assignment_id,
            account_status,
            1 as held,
            0 as used_ever,
            0 as active,
            0 as first_active,
            0 as leaver,
            valid_from,
            valid_to
        from held
        union all
        select
            product_key,
            holder_key,
            source_system,
            assignment_id,
            account_status,
            0 as held,
            1 as used_ever,
            case when is_active_in_saas_window then 1 else 0 end as active,
            0 as first_active,
            0 as leaver,
            valid_from,
            valid_to
        from used
        union all
        select
            first_active.product_key,
            first_active.holder_key,
            seat_rows.source_system,
            seat_rows.assignment_id,
            seat_rows.account_status,
            0 as held,
            0 as used_ever,
            0 as active,
            1 as first_active,
            0 as leaver,
            first_active.valid_from,
            first_active.valid_to
        from first_active
        inner join seat_rows on seat_rows.row_id = first_active.row_id
        union all
        select
            product_key,
            holder_key,
            source_system,
            assignment_id,
            account_status,
            0 as held,
            0 as used_ever,
            0 as active,
            0 as first_active,
            1 as leaver,
            valid_from,
            valid_to
        from left_behind
    ),

    swept as (
        {{
            sweep(
                "parts",
                [
                    "product_key",
                    "holder_key",
                    "source_system",
                    "assignment_id",
                    "account_status",
                ],
                ["held", "used_ever", "active", "first_active", "leaver"],
                "held > 0",
            )
        }}
    ),

    judged as (
        select
            product_key,
            holder_key,
            source_system,
            assignment_id,
            account_status,
            first_active > 0 as is_active_person,
            leaver > 0 as is_leaver,
            -- the first that applies
            case
                when first_active > 0
                then null
                when leaver > 0
                then 'seat_of_leaver'
                when account_status = 'suspended'
                then 'seat_blocked'
                when active > 0
                then 'seat_duplicate'
                when used_ever > 0
                then 'seat_idle'
                else 'seat_never_used'
            end as failure,
            valid_from,
            valid_to
        from swept
    ),

    held_seats as (
        {{
            merge_spans(
                "judged",
                [
                    "product_key",
                    "holder_key",
                    "source_system",
                    "assignment_id",
                    "account_status",
                    "is_active_person",
                    "is_leaver",
                    "failure",
                ],
            )
        }}
    )

select *
from held_seats

-- one row per seat, and days on which it belongs to the same consumer
-- long: three ways from a seat to its holder
with
    assignments as (
        select * from {{ state_of("stg_licensing__license_assignment") }} as assignments
    ),

    people as (select * from {{ ref("int_people__refs") }}),

    ids as (select * from {{ ref("int_devices__ids") }}),

    device_users as (select * from {{ ref("int_licensing__device_users") }}),

    seats as (
        select
            row_id,
            source_system,
            assignment_id,
            {{ product_key("publisher", "product") }} as product_key,
            nullif(trim(person_id), '') as person_id,
            nullif(trim(account_ref), '') as account_ref,
            nullif(trim(device_id), '') as device_id,
            assigned_at,
            coalesce(account_status, 'active') as account_status,
            coalesce(is_service, false) as is_service,
            coalesce(is_guest, false) as is_guest,
            activity_supported,
            evidence_source,
            valid_from,
            valid_to
        from assignments
    ),

    -- what else a seat may lead to: the person of its account, its device, the user
    -- of its device
    accounts as (
        select
            seats.row_id,
            people.person_id,
            greatest(seats.valid_from, people.valid_from) as valid_from,
            least(seats.valid_to, people.valid_to) as valid_to
        from seats
        inner join
            people
            on people.ref = lower(seats.account_ref)
            and people.valid_from < seats.valid_to
            and people.valid_to > seats.valid_from
        where seats.person_id is null
    ),

    devices as (
        select
            seats.row_id,
            ids.device_key,
            greatest(seats.valid_from, ids.valid_from) as valid_from,
            least(seats.valid_to, ids.valid_to) as valid_to
        from seats
        inner join
            ids
            on ids.ref_id = seats.device_id
            and (ids.source_system = seats.source_system or ids.is_sole)
            and ids.valid_from < seats.valid_to
            and ids.valid_to > seats.valid_from
    ),

    users as (
        select
            devices.row_id,
            device_users.user_key,
            greatest(devices.valid_from, device_users.valid_from) as valid_from,
            least(devices.valid_to, device_users.valid_to) as valid_to
        from devices
        inner join
            device_users
            on device_users.device_key = devices.device_key
            and device_users.valid_from < devices.valid_to
            and device_users.valid_to > devices.valid_from
    ),

    cuts as (
        select row_id, valid_from, valid_to
        from seats
        union all
        select row_id, valid_from, valid_to
        from accounts
        union all
        select row_id, valid_from, valid_to
        from devices
        union all
        select row_id, valid_from, valid_to
        from users
    ),

    pieces as ({{ cut_spans("cuts", ["row_id"]) }}),

    led as (
        select
            pieces.row_id,
            pieces.valid_from,
            pieces.valid_to,
            min(accounts.person_id) as person_id,
            min(devices.device_key) as device_key,
            min(users.user_key) as user_key
        from pieces
        left join
            accounts
            on accounts.row_id = pieces.row_id
            and accounts.valid_from <= pieces.valid_from
            and accounts.valid_to >= pieces.valid_to
        left join
            devices
            on devices.row_id = pieces.row_id
            and devices.valid_from <= pieces.valid_from
            and devices.valid_to >= pieces.valid_to
        left join
            users
            on users.row_id = pieces.row_id
            and users.valid_from <= pieces.valid_from
            and users.valid_to >= pieces.valid_to
        group by pieces.row_id, pieces.valid_from, pieces.valid_to
    ),

    seat_spans as (
        select
            seats.row_id,
            seats.source_system,
            seats.assignment_id,
            seats.product_key,
            coalesce(
                'person:' || coalesce(seats.person_id, led.person_id),
                'account:' || lower(seats.account_ref),
                led.user_key,
                'device:id|'
                || seats.source_system
                || '|'
                || {{ pseudonym("seats.device_id") }},
                'seat:' || seats.source_system || '|' || seats.assignment_id
            ) as holder_key,
            led.device_key,
            seats.assigned_at,
            seats.account_status,
            seats.is_service,
            seats.is_guest,
            seats.activity_supported,
            seats.evidence_source,
            greatest(led.valid_from, seats.valid_from) as valid_from,
            least(led.valid_to, seats.valid_to) as valid_to
        from led
        inner join
            seats
            on seats.row_id = led.row_id
            and seats.valid_from < led.valid_to
            and seats.valid_to > led.valid_from
    )

select *
from seat_spans

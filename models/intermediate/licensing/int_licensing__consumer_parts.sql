-- one row per install or seat, the consumer it belongs to, and days
-- long: a consumer is a device, its processors, its user, or who holds a seat
with
    installs as (select * from {{ ref("int_licensing__licensable_installs") }}),

    terms as (
        select * from {{ ref("int_licensing__terms") }} where exclusion_reason is null
    ),

    device_users as (select * from {{ ref("int_licensing__device_users") }}),

    seats as (
        select *
        from {{ ref("int_licensing__seats") }}
        where account_status <> 'deleted'
    ),

    hardware as (
        select
            survivors.device_key,
            coalesce(device_rows.cpu_sockets, 1) as sockets,
            coalesce(device_rows.cores_per_socket, 1) as cores_per_socket,
            survivors.valid_from,
            survivors.valid_to
        from {{ ref("int_devices__survivor_spans") }} as survivors
        inner join
            {{ ref("int_devices__rows") }} as device_rows
            on device_rows.row_id = survivors.row_id
    ),

    processors as (
        {{ merge_spans("hardware", ["device_key", "sockets", "cores_per_socket"]) }}
    ),

    measured as (
        select
            installs.product_key,
            terms.metric,
            terms.metric_rule_id,
            installs.device_key,
            installs.version_major,
            greatest(installs.valid_from, terms.valid_from) as valid_from,
            least(installs.valid_to, terms.valid_to) as valid_to
        from installs
        inner join
            terms
            on terms.product_key = installs.product_key
            and terms.valid_from < installs.valid_to
            and terms.valid_to > installs.valid_from
    ),

    consumer_parts as (
        select
            product_key,
            metric,
            metric_rule_id,
            'device:' || device_key as consumer_key,
            device_key,
            version_major,
            1 as installs,
            0 as seats,
            cast(null as integer) as sockets,
            cast(null as integer) as cores_per_socket,
            valid_from,
            valid_to
        from measured
        where metric = 'per_device'
        union all
        select
            measured.product_key,
            measured.metric,
            measured.metric_rule_id,
            'device:' || measured.device_key as consumer_key,
            measured.device_key,
            measured.version_major,
            1 as installs,
            0 as seats,
            processors.sockets,
            processors.cores_per_socket,
            greatest(measured.valid_from, processors.valid_from) as valid_from,
            least(measured.valid_to, processors.valid_to) as valid_to
        from measured
        inner join
            processors
            on processors.device_key = measured.device_key
            and processors.valid_from < measured.valid_to
            and processors.valid_to > measured.valid_from
        where measured.metric in ('per_core', 'per_processor')
        union all
        select
            measured.product_key,
            measured.metric,
            measured.metric_rule_id,
            device_users.user_key as consumer_key,
            measured.device_key,
            measured.version_major,
            1 as installs,
            0 as seats,
            cast(null as integer) as sockets,
            cast(null as integer) as cores_per_socket,
            greatest(measured.valid_from, device_users.valid_from) as valid_from,
            least(measured.valid_to, device_users.valid_to) as valid_to
        from measured
        inner join
            device_users
            on device_users.device_key = measured.device_key
            and device_users.valid_from < measured.valid_to
            and device_users.valid_to > measured.valid_from
        where measured.metric in ('per_user', 'named_user', 'subscription_seat')
        union all
        select
            seats.product_key,
            terms.metric,
            terms.metric_rule_id,
            case
                when terms.metric in ('per_user', 'named_user', 'subscription_seat')
                then seats.holder_key
                else 'device:' || seats.device_key
            end as consumer_key,
            cast(null as string) as device_key,
            cast(null as string) as version_major,
            0 as installs,
            1 as seats,
            cast(null as integer) as sockets,
            cast(null as integer) as cores_per_socket,
            greatest(seats.valid_from, terms.valid_from) as valid_from,
            least(seats.valid_to, terms.valid_to) as valid_to
        from seats
        inner join
            terms
            on terms.product_key = seats.product_key
            and terms.valid_from < seats.valid_to
            and terms.valid_to > seats.valid_from
        where
            terms.metric in ('per_user', 'named_user', 'subscription_seat')
            or seats.device_key is not null
    )

select *
from consumer_parts

-- one row per discovered device, as last known on the newest as-of date
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    known as (
        select
            survivors.*,
            row_number() over (
                partition by survivors.device_key order by survivors.valid_from desc
            ) as spans_from_newest
        from {{ ref("int_devices__survivor_spans") }} as survivors
        inner join calendar on survivors.valid_from <= calendar.last_day
    ),

    matches as (
        select matches.*
        from {{ ref("int_devices__match_spans") }} as matches
        inner join
            calendar
            on matches.valid_from <= calendar.last_day
            and matches.valid_to > calendar.last_day
    ),

    dim_device as (
        select
            known.device_key,
            device_rows.source_system,
            {{
                device_id_without_host(
                    "device_rows.device_id", "device_rows.hostname"
                )
            }} as device_id,
            matches.asset_key,
            matches.match_method,
            known.valid_to > calendar.last_day as is_in_discovery,
            device_rows.device_class,
            device_rows.manufacturer,
            device_rows.model,
            device_rows.serial as serial_number,
            device_rows.os_name,
            device_rows.os_version,
            device_rows.ownership,
            device_rows.network_zone,
            device_rows.is_virtual,
            device_rows.is_encrypted,
            device_rows.cpu_sockets,
            device_rows.cores_per_socket,
            device_rows.cloud_resource_id,
            device_rows.first_seen_at
        from known
        cross join calendar
        inner join
            {{ ref("int_devices__rows") }} as device_rows
            on device_rows.row_id = known.row_id
        left join matches on matches.device_key = known.device_key
        where known.spans_from_newest = 1
    )

select *
from dim_device

-- one row per install row, its device, and days on which it counts the same way
with
    installs as (
        select * from {{ state_of("stg_discovery__software_install") }} as installs
    ),

    titles as (select * from {{ ref("int_licensing__titles") }}),

    ids as (select * from {{ ref("int_devices__ids") }}),

    device_status as (select * from {{ ref("int_licensing__device_status") }}),

    on_devices as (
        select
            installs.row_id,
            installs.raw_publisher,
            installs.raw_name,
            installs.raw_version,
            ids.device_key,
            greatest(installs.valid_from, ids.valid_from) as valid_from,
            least(installs.valid_to, ids.valid_to) as valid_to
        from installs
        inner join
            ids
            on ids.ref_id = installs.device_id
            and (ids.source_system = installs.source_system or ids.is_sole)
            and ids.valid_from < installs.valid_to
            and ids.valid_to > installs.valid_from
    ),

    install_spans as (
        select
            on_devices.row_id,
            on_devices.device_key,
            titles.title_key,
            titles.product_key,
            titles.version_major,
            titles.is_known,
            titles.is_licensable,
            device_status.device_status,
            greatest(on_devices.valid_from, device_status.valid_from) as valid_from,
            least(on_devices.valid_to, device_status.valid_to) as valid_to
        from on_devices
        inner join
            titles
            on titles.title_key
            = {{
                title_key(
                    "on_devices.raw_publisher",
                    "on_devices.raw_name",
                    "on_devices.raw_version",
                )
            }}
        inner join
            device_status
            on device_status.device_key = on_devices.device_key
            and device_status.valid_from < on_devices.valid_to
            and device_status.valid_to > on_devices.valid_from
    )

select *
from install_spans

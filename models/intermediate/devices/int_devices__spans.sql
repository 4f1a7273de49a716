-- one row per device row version and uninterrupted span of days on which it is in the
-- state
with
    discovery as (select * from {{ state_of("stg_discovery__device_discovery") }}),

    device_rows as (select * from {{ ref("int_devices__rows") }}),

    device_spans as (
        select
            discovery.row_id,
            discovery.source_system,
            discovery.device_id,
            device_rows.device_key,
            discovery.valid_from,
            discovery.valid_to
        from discovery
        inner join device_rows on device_rows.row_id = discovery.row_id
    )

select *
from device_spans

-- one row per device and span of days on which no serial number leads to an asset,
-- with its row of these days
with
    parts as (
        select device_key, row_id, 0 as matches, valid_from, valid_to
        from {{ ref("int_devices__survivor_spans") }}
        union all
        select device_key, 0 as row_id, 1 as matches, valid_from, valid_to
        from {{ ref("int_devices__serial_match_spans") }}
    ),

    unmatched as (
        {{
            sweep(
                "parts",
                ["device_key"],
                ["row_id", "matches"],
                "matches = 0 and row_id > 0",
            )
        }}
    ),

    unmatched_spans as (
        select
            unmatched.device_key,
            unmatched.row_id,
            device_rows.hostname,
            device_rows.serial is not null as has_serial,
            unmatched.valid_from,
            unmatched.valid_to
        from unmatched
        inner join
            {{ ref("int_devices__rows") }} as device_rows
            on device_rows.row_id = unmatched.row_id
    )

select *
from unmatched_spans

-- one row per discovered device_id and span of days in the state under one device_key
with
    device_spans as (select * from {{ ref("int_devices__spans") }}),

    key_spans as (
        {{ merge_spans("device_spans", ["source_system", "device_id", "device_key"]) }}
    )

select *
from key_spans

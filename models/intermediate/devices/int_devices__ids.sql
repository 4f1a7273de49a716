-- one row per device_id, its source and span of days on which it leads to one device
with
    named as (
        select
            'device_id' as ref_kind,
            device_id as ref_id,
            source_system,
            device_key as entity_key,
            valid_from,
            valid_to
        from {{ ref("int_devices__key_spans") }}
    ),

    ids as ({{ sole_references("named") }})

select ref_id, source_system, entity_key as device_key, is_sole, valid_from, valid_to
from ids

-- one row per unmatched device and span of days on which its hostname is unique in
-- each of its sources
with
    unmatched as (
        select *
        from {{ ref("int_devices__unmatched_spans") }}
        where hostname is not null
    ),

    key_spans as (select * from {{ ref("int_devices__key_spans") }}),

    presence as ({{ merge_spans("key_spans", ["device_key", "source_system"]) }}),

    named_in_source as (
        select
            presence.source_system,
            unmatched.device_key,
            unmatched.hostname,
            unmatched.row_id,
            1 as devices_named,
            greatest(unmatched.valid_from, presence.valid_from) as valid_from,
            least(unmatched.valid_to, presence.valid_to) as valid_to
        from unmatched
        inner join
            presence
            on presence.device_key = unmatched.device_key
            and presence.valid_from < unmatched.valid_to
            and presence.valid_to > unmatched.valid_from
    ),

    unique_in_source as (
        {{
            sweep(
                "named_in_source",
                ["source_system", "hostname"],
                ["row_id", "devices_named"],
                "devices_named = 1",
            )
        }}
    ),

    -- a device of several sources must be unique in each of them
    parts as (
        select device_key, 1 as sources, 0 as unique_sources, valid_from, valid_to
        from named_in_source
        union all
        select
            device_rows.device_key,
            0 as sources,
            1 as unique_sources,
            unique_in_source.valid_from,
            unique_in_source.valid_to
        from unique_in_source
        inner join
            {{ ref("int_devices__rows") }} as device_rows
            on device_rows.row_id = unique_in_source.row_id
    ),

    unique_everywhere as (
        {{
            sweep(
                "parts",
                ["device_key"],
                ["sources", "unique_sources"],
                "sources > 0 and unique_sources = sources",
            )
        }}
    ),

    unique_name_spans as (
        select
            unmatched.device_key,
            unmatched.hostname,
            unmatched.has_serial,
            greatest(unmatched.valid_from, unique_everywhere.valid_from) as valid_from,
            least(unmatched.valid_to, unique_everywhere.valid_to) as valid_to
        from unmatched
        inner join
            unique_everywhere
            on unique_everywhere.device_key = unmatched.device_key
            and unique_everywhere.valid_from < unmatched.valid_to
            and unique_everywhere.valid_to > unmatched.valid_from
    )

select *
from unique_name_spans

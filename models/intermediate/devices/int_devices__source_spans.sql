-- one row per device in scope, source that saw it in the last 30 days, and span of days
with
    discovered as (
        select device_key, valid_from, valid_to
        from {{ ref("int_devices__discovered_spans") }}
        where is_confirmed and ownership <> 'personal'
    ),

    merged_discovered as ({{ merge_spans("discovered", ["device_key"]) }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    held as (
        select
            sightings.device_key,
            sightings.source_system,
            sightings.valid_from,
            least(
                sightings.valid_to,
                {{
                    add_days(
                        "cast(sightings.last_seen_at as date)",
                        "policy.discovery_window_days",
                    )
                }}
            ) as valid_to
        from {{ ref("int_devices__sighting_spans") }} as sightings
        cross join policy
    ),

    seen as ({{ merge_spans("held", ["device_key", "source_system"]) }}),

    source_spans as (
        select
            seen.device_key,
            seen.source_system,
            greatest(seen.valid_from, merged_discovered.valid_from) as valid_from,
            least(seen.valid_to, merged_discovered.valid_to) as valid_to
        from seen
        inner join
            merged_discovered
            on merged_discovered.device_key = seen.device_key
            and merged_discovered.valid_from < seen.valid_to
            and merged_discovered.valid_to > seen.valid_from
    )

select *
from source_spans

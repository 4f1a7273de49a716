-- one row per asset, staleness limit and span of days on which a matched device shows
-- that it is there
with
    limits as (
        select asset_key, staleness_days
        from {{ ref("int_assets__rows") }}
        where is_managed_estate and staleness_days is not null
        group by asset_key, staleness_days
    ),

    matches as (
        select
            matches.device_key,
            matches.asset_key,
            limits.staleness_days,
            matches.valid_from,
            matches.valid_to
        from {{ ref("int_devices__match_spans") }} as matches
        inner join limits on limits.asset_key = matches.asset_key
    ),

    held as (
        select
            matches.asset_key,
            matches.staleness_days,
            greatest(matches.valid_from, sightings.valid_from) as valid_from,
            least(
                matches.valid_to,
                sightings.valid_to,
                {{
                    add_days(
                        "cast(sightings.last_seen_at as date)",
                        "matches.staleness_days + 1",
                    )
                }}
            ) as valid_to
        from {{ ref("int_devices__sighting_spans") }} as sightings
        inner join
            matches
            on matches.device_key = sightings.device_key
            and matches.valid_from < sightings.valid_to
            and matches.valid_to > sightings.valid_from
    ),

    current_spans as ({{ merge_spans("held", ["asset_key", "staleness_days"]) }})

select *
from current_spans

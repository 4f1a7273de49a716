-- one row per as-of date on which two sources saw devices in common
-- long: how many each source saw, how many both did, and what that says of the rest
with
    source_spans as (
        select source_spans.*, 1 as devices
        from {{ ref("int_devices__source_spans") }} as source_spans
    ),

    by_source as ({{ span_sums("source_spans", ["devices"], keys=["source_system"]) }}),

    common as (
        select
            one.source_system as first_source,
            other.source_system as second_source,
            1 as devices,
            greatest(one.valid_from, other.valid_from) as valid_from,
            least(one.valid_to, other.valid_to) as valid_to
        from source_spans as one
        inner join
            source_spans as other
            on other.device_key = one.device_key
            and other.source_system > one.source_system
            and other.valid_from < one.valid_to
            and other.valid_to > one.valid_from
    ),

    by_pair as (
        {{ span_sums("common", ["devices"], keys=["first_source", "second_source"]) }}
    ),

    counted as (
        select
            by_pair.as_of_date,
            by_pair.first_source,
            by_pair.second_source,
            first_sums.devices as first_devices,
            second_sums.devices as second_devices,
            by_pair.devices as common_devices,
            row_number() over (
                partition by by_pair.as_of_date
                order by
                    by_pair.devices desc,
                    first_sums.devices + second_sums.devices desc,
                    by_pair.first_source,
                    by_pair.second_source
            ) as place
        from by_pair
        inner join
            by_source as first_sums
            on first_sums.as_of_date = by_pair.as_of_date
            and first_sums.source_system = by_pair.first_source
        inner join
            by_source as second_sums
            on second_sums.as_of_date = by_pair.as_of_date
            and second_sums.source_system = by_pair.second_source
        where by_pair.devices > 0
    ),

    -- Chapman's estimate of how many there are
    completeness as (
        select
            as_of_date,
            first_source,
            second_source,
            first_devices,
            second_devices,
            common_devices,
            first_devices + second_devices - common_devices as seen_devices,
            cast((first_devices + 1) as double)
            * cast((second_devices + 1) as double)
            / cast((common_devices + 1) as double)
            - 1 as estimated_devices
        from counted
        where place = 1
    )

select *
from completeness

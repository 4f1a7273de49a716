-- one row per product licensed by seat, as-of date: people active in two or three
-- windows
with
    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    seats as (
        select *
        from {{ ref("int_licensing__held_seats") }}
        where account_status <> 'suspended'
    ),

    windows as (
        select 2 as windows
        union all
        select 3 as windows
    ),

    uses as (
        select
            sightings.source_system,
            sightings.assignment_id,
            windows.windows,
            sightings.valid_from,
            least(
                sightings.valid_to,
                {{
                    add_days(
                        "cast(sightings.last_activity_at as date)",
                        "(windows.windows * policy.saas_window_days)",
                    )
                }}
            ) as valid_to
        from {{ state_of("stg_licensing__license_assignment_sightings") }} as sightings
        cross join policy
        cross join windows
        where sightings.last_activity_at is not null
    ),

    active as (
        select
            seats.product_key,
            seats.holder_key,
            uses.windows,
            greatest(seats.valid_from, uses.valid_from) as valid_from,
            least(seats.valid_to, uses.valid_to) as valid_to
        from seats
        inner join
            uses
            on uses.source_system = seats.source_system
            and uses.assignment_id = seats.assignment_id
            and uses.valid_from < seats.valid_to
            and uses.valid_to > seats.valid_from
    ),

    people as ({{ merge_spans("active", ["product_key", "holder_key", "windows"]) }}),

    counts as (
        select
            product_key,
            case when windows = 2 then 1 else 0 end as active_in_two,
            case when windows = 3 then 1 else 0 end as active_in_three,
            valid_from,
            valid_to
        from people
    ),

    long_window_use as (
        {{
            amounts_as_of(
                "counts", ["product_key"], ["active_in_two", "active_in_three"]
            )
        }}
    )

select *
from long_window_use

-- one row per seat and days on which it is held the same way
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    seats as (select * from {{ ref("int_licensing__seats") }}),

    sightings as (
        select source_system, assignment_id, last_activity_at
        from
            (
                select
                    sightings.*,
                    row_number() over (
                        partition by source_system, assignment_id
                        order by extracted_at desc
                    ) as from_newest
                from
                    {{ ref("stg_licensing__license_assignment_sightings") }}
                    as sightings
            ) as numbered
        where from_newest = 1
    ),

    fct_seats as (
        select
            {{
                pseudonym(
                    "concat_ws('', seats.source_system, '|', seats.assignment_id)"
                )
            }} as seat_key,
            seats.valid_from,
            seats.valid_to,
            seats.source_system,
            seats.product_key,
            {{ consumer_key("seats.holder_key") }} as holder_key,
            {{ dbt.split_part("seats.holder_key", "':'", 1) }} as holder_type,
            seats.device_key,
            cast(seats.assigned_at as date) as assigned_date,
            seats.account_status,
            seats.is_service,
            seats.is_guest,
            seats.activity_supported as is_activity_supported,
            seats.evidence_source,
            cast(sightings.last_activity_at as date) as last_activity_date
        from seats
        inner join calendar on seats.valid_from <= calendar.last_day
        left join
            sightings
            on sightings.source_system = seats.source_system
            and sightings.assignment_id = seats.assignment_id
    )

select *
from fct_seats

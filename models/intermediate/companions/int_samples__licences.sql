-- one row per KPI, slice and days since the last use of a seat, on the newest date
with
    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    seats as (select * from {{ ref("int_licensing__held_seats") }}),

    sightings as (
        select *
        from {{ state_of("stg_licensing__license_assignment_sightings") }} as sightings
        where last_activity_at is not null
    ),

    products as (select * from {{ ref("int_licensing__products") }}),

    ages as (
        select
            newest.as_of_date,
            products.publisher,
            products.product_label,
            {{ dbt.datediff("sightings.last_activity_at", "newest.as_of_date", "day") }}
            as days_since_use
        from seats
        cross join newest
        inner join
            sightings
            on sightings.source_system = seats.source_system
            and sightings.assignment_id = seats.assignment_id
            and sightings.valid_from <= newest.as_of_date
            and sightings.valid_to > newest.as_of_date
        inner join products on products.product_key = seats.product_key
        where
            seats.valid_from <= newest.as_of_date and seats.valid_to > newest.as_of_date
    ),

    samples__licences as (
        select
            'saas_utilization_rate' as kpi_id,
            as_of_date,
            case
                when grouping(publisher) = 0
                then 'publisher'
                when grouping(product_label) = 0
                then 'product'
                else 'all'
            end as dim_type,
            case
                when grouping(publisher) = 0
                then publisher
                when grouping(product_label) = 0
                then product_label
                else 'all'
            end as dim_value,
            'days_since_use' as sample,
            'days' as unit,
            cast(days_since_use as double) as value,
            false as is_censored,
            count(*) as weight
        from ages
        group by
            grouping sets (
                (as_of_date, days_since_use),
                (as_of_date, days_since_use, publisher),
                (as_of_date, days_since_use, product_label)
            )
    )

select *
from samples__licences

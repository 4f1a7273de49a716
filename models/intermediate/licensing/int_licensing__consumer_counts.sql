-- one row per product, as-of date and class of consumers that are alike: how many there are
with
    consumers as (select * from {{ ref("int_licensing__consumers") }}),

    days as (select * from {{ ref("int_calendar__days") }}),

    first_day as (select min(date_day) as date_day from days),

    as_of_dates as (select * from {{ ref("int_calendar__as_of_dates") }}),

    edges as (
        select
            consumers.product_key,
            consumers.metric,
            consumers.version_order,
            consumers.has_assignment,
            consumers.need,
            consumers.installs,
            days.as_of_all as as_of_date,
            sum(edge.sign) as consumers
        from consumers
        cross join (select 1 as sign union all select -1 as sign) as edge
        cross join first_day
        inner join
            days
            on days.date_day = greatest(
                case when edge.sign = 1 then consumers.valid_from else consumers.valid_to end,
                first_day.date_day
            )
        where days.as_of_all is not null
        group by
            consumers.product_key,
            consumers.metric,
            consumers.version_order,
            consumers.has_assignment,
            consumers.need,
            consumers.installs,
            days.as_of_all
    ),

    consumer_counts as (
        select
            edges.product_key,
            as_of_dates.as_of_date,
            edges.metric,
            edges.version_order,
            edges.has_assignment,
            edges.need,
            edges.installs,
            sum(edges.consumers) as consumers
        from edges
        inner join as_of_dates on edges.as_of_date <= as_of_dates.as_of_date
        group by
            edges.product_key,
            as_of_dates.as_of_date,
            edges.metric,
            edges.version_order,
            edges.has_assignment,
            edges.need,
            edges.installs
        having sum(edges.consumers) > 0
    )

select *
from consumer_counts

-- one row per product and consumer of its rights at the newest as-of date
with
    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    consumers as (
        select consumers.*
        from {{ ref("int_licensing__compared_consumers") }} as consumers
        inner join newest on newest.as_of_date = consumers.as_of_date
    ),

    fct_license_consumers as (
        select
            product_key,
            {{ consumer_key("consumer_key") }} as consumer_key,
            {{ dbt.split_part("consumer_key", "':'", 1) }} as consumer_type,
            as_of_date,
            metric,
            metric_rule_id,
            has_assignment,
            cast(seats as integer) as seats,
            cast(devices as integer) as devices,
            cast(installs as integer) as installs,
            need as needed_rights,
            cast(needed_so_far as bigint) as needed_rights_so_far,
            cast(covered_rights as decimal(18, 4)) as covered_rights_of_product,
            is_covered,
            coverage_reason
        from consumers
    )

select *
from fct_license_consumers

-- one row per device, product and version installed at the newest as-of date
with
    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    installs as (select * from {{ ref("int_licensing__licensable_installs") }}),

    terms as (select * from {{ ref("int_licensing__terms") }}),

    device_users as (select * from {{ ref("int_licensing__device_users") }}),

    consumers as (select * from {{ ref("int_licensing__current_consumers") }}),

    consuming as (
        select
            installs.device_key,
            installs.product_key,
            installs.version_major,
            installs.is_inferred,
            newest.as_of_date,
            terms.metric,
            terms.exclusion_reason,
            case
                when terms.exclusion_reason is not null
                then null
                when terms.metric in ('per_user', 'named_user', 'subscription_seat')
                then device_users.user_key
                else 'device:' || installs.device_key
            end as consumer_key
        from installs
        cross join newest
        inner join
            terms
            on terms.product_key = installs.product_key
            and terms.valid_from <= newest.as_of_date
            and terms.valid_to > newest.as_of_date
        left join
            device_users
            on device_users.device_key = installs.device_key
            and device_users.valid_from <= newest.as_of_date
            and device_users.valid_to > newest.as_of_date
        where
            installs.valid_from <= newest.as_of_date
            and installs.valid_to > newest.as_of_date
    ),

    fct_license_installs as (
        select
            consuming.device_key,
            consuming.product_key,
            consuming.version_major,
            consuming.is_inferred,
            consuming.as_of_date,
            {{ consumer_key("consumers.consumer_key") }} as consumer_key,
            consuming.metric,
            consumers.need as needed_rights,
            consumers.coverage_reason = 'covered' as is_compliant,
            coalesce(
                consuming.exclusion_reason, consumers.coverage_reason
            ) as coverage_reason
        from consuming
        left join
            consumers
            on consumers.product_key = consuming.product_key
            and consumers.consumer_key = consuming.consumer_key
    )

select *
from fct_license_installs

-- one row per device, product and version installed at the newest as-of date
with
    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    installs as (select * from {{ ref("int_licensing__compared_installs") }}),

    fct_license_installs as (
        select
            installs.install_key,
            installs.device_key,
            installs.product_key,
            installs.version_major,
            installs.is_inferred,
            installs.as_of_date,
            {{ consumer_key("installs.consumer_key") }} as consumer_key,
            installs.metric,
            installs.need as needed_rights,
            installs.coverage_reason = 'covered' as is_compliant,
            coalesce(
                installs.exclusion_reason, installs.coverage_reason
            ) as coverage_reason
        from installs
        inner join newest on newest.as_of_date = installs.as_of_date
    )

select *
from fct_license_installs

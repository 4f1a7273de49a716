-- one row per KPI, install that fails it, and days with the same reason
with
    products as (select * from {{ ref("int_licensing__products") }}),

    dates as ({{ compared_dates() }}),

    compared as (
        select installs.*, products.is_denied, dates.next_date
        from {{ ref("int_licensing__compared_installs") }} as installs
        inner join dates on dates.as_of_date = installs.as_of_date
        inner join products on products.product_key = installs.product_key
        where installs.coverage_reason <> 'covered'
    ),

    confirmed as (
        select installs.*, products.is_denied
        from {{ ref("int_licensing__software_installs") }} as installs
        inner join products on products.product_key = installs.product_key
        where installs.device_status = 'confirmed' and not products.is_approved
    ),

    failing_installs as (
        select
            'license_compliance_rate' as kpi_id,
            install_key,
            device_key,
            product_key,
            case
                coverage_reason
                when 'denied'
                then 'software_denied'
                when 'no_seat'
                then 'no_seat'
                when 'no_entitlement'
                then 'no_entitlement'
                when 'no_right_of_its_version'
                then 'no_right_of_version'
                when 'rights_exhausted'
                then 'rights_exhausted'
            end as reason_code,
            case
                when is_denied and coverage_reason <> 'denied'
                then 'denied by policy too'
            end as detail,
            as_of_date as valid_from,
            next_date as valid_to
        from compared
        union all
        select
            'unauthorized_software_pct' as kpi_id,
            {{ device_install_key("confirmed") }} as install_key,
            device_key,
            product_key,
            case
                when is_denied then 'software_denied' else 'software_not_in_catalog'
            end as reason_code,
            cast(null as string) as detail,
            valid_from,
            valid_to
        from confirmed
    )

select *
from failing_installs

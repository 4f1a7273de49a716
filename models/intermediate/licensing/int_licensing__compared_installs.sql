-- one row per device, product, version and date that readers compare (K14.6)
-- long: an install finds its consumer by the metric of its product
with
    compared as ({{ compared_dates() }}),

    installs as (select * from {{ ref("int_licensing__licensable_installs") }}),

    terms as (select * from {{ ref("int_licensing__terms") }}),

    device_users as (select * from {{ ref("int_licensing__device_users") }}),

    consumers as (select * from {{ ref("int_licensing__compared_consumers") }}),

    consuming as (
        select
            installs.device_key,
            installs.product_key,
            installs.version_major,
            installs.is_inferred,
            compared.as_of_date,
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
        cross join compared
        inner join
            terms
            on terms.product_key = installs.product_key
            and terms.valid_from <= compared.as_of_date
            and terms.valid_to > compared.as_of_date
        left join
            device_users
            on device_users.device_key = installs.device_key
            and device_users.valid_from <= compared.as_of_date
            and device_users.valid_to > compared.as_of_date
        where
            installs.valid_from <= compared.as_of_date
            and installs.valid_to > compared.as_of_date
    ),

    compared_installs as (
        select
            {{ device_install_key("consuming") }} as install_key,
            consuming.device_key,
            consuming.product_key,
            consuming.version_major,
            consuming.is_inferred,
            consuming.as_of_date,
            consuming.consumer_key,
            consuming.metric,
            consuming.exclusion_reason,
            consumers.need,
            consumers.coverage_reason
        from consuming
        left join
            consumers
            on consumers.product_key = consuming.product_key
            and consumers.consumer_key = consuming.consumer_key
            and consumers.as_of_date = consuming.as_of_date
    )

select *
from compared_installs

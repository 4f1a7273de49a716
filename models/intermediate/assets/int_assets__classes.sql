-- one row per spelling of an asset or device class
with
    delivered as (
        select {{ underscored("asset_class") }} as raw_class
        from {{ ref("stg_cmdb__hardware_asset") }}
        union
        select {{ underscored("device_class") }} as raw_class
        from {{ ref("stg_discovery__device_discovery") }}
    ),

    class_alias as (
        select {{ underscored("raw_class") }} as raw_class, asset_class
        from {{ ref("stg_policy__class_alias") }}
    ),

    class_policy as (select * from {{ ref("stg_policy__class_policy") }}),

    classes as (
        select
            delivered.raw_class,
            coalesce(own.asset_class, aliased.asset_class, '(unmapped)') as asset_class,
            coalesce(own.in_scope, aliased.in_scope, false) as is_in_scope,
            coalesce(
                own.activity_observable, aliased.activity_observable, false
            ) as is_activity_observable,
            coalesce(
                own.serial_required, aliased.serial_required, false
            ) as is_serial_required,
            coalesce(own.data_bearing, aliased.data_bearing, false) as is_data_bearing,
            coalesce(own.shared_asset, aliased.shared_asset, false) as is_shared_asset,
            coalesce(
                own.useful_life_months, aliased.useful_life_months
            ) as useful_life_months,
            coalesce(own.staleness_days, aliased.staleness_days) as staleness_days,
            coalesce(
                own.min_sanitization, aliased.min_sanitization
            ) as min_sanitization,
            coalesce(
                own.replacement_cost_usd, aliased.replacement_cost_usd
            ) as replacement_cost_usd
        from delivered
        left join class_policy as own on own.asset_class = delivered.raw_class
        left join class_alias on class_alias.raw_class = delivered.raw_class
        left join
            class_policy as aliased on aliased.asset_class = class_alias.asset_class
        where delivered.raw_class is not null
    )

select *
from classes

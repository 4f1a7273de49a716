-- one row per device, licensable product, version and days of equal state
-- long: four reasons to count or not to count an install
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    software_installs as (select * from {{ ref("int_licensing__software_installs") }}),

    licensable_installs as (
        select * from {{ ref("int_licensing__licensable_installs") }}
    ),

    components as (
        select component_key as product_key
        from {{ ref("int_licensing__suite_components") }}
        group by component_key
    ),

    parts as (
        select
            installs.device_key,
            installs.product_key,
            coalesce(installs.version_major, '') as version_text,
            1 as confirmed,
            0 as licensable,
            installs.valid_from,
            installs.valid_to
        from software_installs as installs
        inner join components on components.product_key = installs.product_key
        where installs.device_status = 'confirmed'
        union all
        select
            installs.device_key,
            installs.product_key,
            coalesce(installs.version_major, '') as version_text,
            0 as confirmed,
            1 as licensable,
            installs.valid_from,
            installs.valid_to
        from licensable_installs as installs
        inner join components on components.product_key = installs.product_key
        where not installs.is_inferred
    ),

    absorbed as (
        {{
            sweep(
                "parts",
                ["device_key", "product_key", "version_text"],
                ["confirmed", "licensable"],
                "confirmed > 0 and licensable = 0",
            )
        }}
    ),

    counted as (
        select
            device_key,
            product_key,
            version_major,
            case
                when is_inferred then 'inferred_suite' else 'needs_right'
            end as install_state,
            valid_from,
            valid_to
        from licensable_installs
        union all
        select
            device_key,
            product_key,
            nullif(version_text, '') as version_major,
            'absorbed_by_suite' as install_state,
            valid_from,
            valid_to
        from absorbed
        union all
        select
            device_key,
            product_key,
            version_major,
            case
                when device_status = 'asset_gone'
                then 'unconfirmed_asset_gone'
                else 'unconfirmed_not_seen'
            end as install_state,
            valid_from,
            valid_to
        from software_installs
        where device_status <> 'confirmed'
    ),

    merged as (
        {{
            merge_spans(
                "counted",
                ["device_key", "product_key", "version_major", "install_state"],
            )
        }}
    ),

    fct_software_installs as (
        select {{ device_install_key("merged") }} as install_key, merged.*
        from merged
        inner join calendar on merged.valid_from <= calendar.last_day
    )

select *
from fct_software_installs

-- one row per version of a discovered device's row
-- long: what a device is, where it is and what it is made of, beside the key that
-- resolves it
with
    discovery as (select * from {{ ref("stg_discovery__device_discovery") }}),

    classes as (select * from {{ ref("int_assets__classes") }}),

    manufacturers as (select * from {{ ref("int_assets__manufacturers") }}),

    placeholders as (
        select {{ alphanumeric("placeholder") }} as placeholder
        from {{ ref("stg_policy__serial_placeholder") }}
        group by 1
    ),

    keyed as (
        select
            discovery.*,
            manufacturers.manufacturer as manufacturer_name,
            manufacturers.manufacturer_key,
            case
                when length({{ alphanumeric("discovery.serial_number") }}) < 4
                then null
                when
                    {{
                        is_placeholder(
                            alphanumeric("discovery.serial_number"),
                            "placeholders.placeholder",
                        )
                    }}
                then null
                else {{ alphanumeric("discovery.serial_number") }}
            end as serial,
            lower(trim(discovery.hostname)) as full_hostname,
            lower(trim(discovery.mac_address)) as mac
        from discovery
        left join manufacturers on manufacturers.spelling = trim(discovery.manufacturer)
        left join
            placeholders
            on placeholders.placeholder = {{ alphanumeric("discovery.serial_number") }}
    ),

    device_rows as (
        select
            keyed.row_id,
            keyed.source_system,
            keyed.device_id,
            case
                when keyed.manufacturer_key is not null and keyed.serial is not null
                then concat_ws('', 'serial|', keyed.manufacturer_key, '|', keyed.serial)
                when
                    keyed.serial is null
                    and keyed.full_hostname <> ''
                    and keyed.mac <> ''
                then
                    concat_ws(
                        '',
                        'host|',
                        {{
                            pseudonym(
                                "concat_ws('', keyed.full_hostname, '|', keyed.mac)"
                            )
                        }}
                    )
                else
                    concat_ws(
                        '',
                        'id|',
                        keyed.source_system,
                        '|',
                        {{ pseudonym("keyed.device_id") }}
                    )
            end as device_key,
            keyed.extracted_at,

            -- what it is
            classes.asset_class as device_class,
            coalesce(classes.is_in_scope, true) as is_class_in_scope,
            keyed.serial,
            keyed.manufacturer_name as manufacturer,
            keyed.manufacturer_key,
            trim(keyed.model) as model,
            nullif(
                {{ dbt.split_part("keyed.full_hostname", "'.'", 1) }}, ''
            ) as hostname,
            keyed.os_name,
            keyed.os_version,
            coalesce(keyed.is_virtual, false) as is_virtual,
            keyed.is_encrypted,

            -- whose it is and where
            lower(trim(keyed.ownership)) as ownership,
            lower(trim(keyed.network_zone)) as network_zone,
            keyed.user_ref,

            -- what it is made of
            keyed.host_device_id,
            keyed.cluster_id,
            keyed.cpu_sockets,
            keyed.cores_per_socket,
            keyed.cpu_model,
            keyed.cloud_resource_id,

            keyed.first_seen_at
        from keyed
        left join classes on classes.raw_class = {{ underscored("keyed.device_class") }}
    )

select *
from device_rows

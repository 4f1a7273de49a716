-- one row per version of a register row
-- long: it lists the register's columns once, for all who need them
with
    register as (
        select *
        from {{ ref("stg_cmdb__hardware_asset") }}
        where not coalesce(is_deleted, false)
    ),

    statuses as (
        select * from {{ ref("int_policy__statuses") }} where feed = 'hardware_asset'
    ),

    classes as (select * from {{ ref("int_assets__classes") }}),

    manufacturers as (select * from {{ ref("int_assets__manufacturers") }}),

    placeholders as (
        select {{ alphanumeric("placeholder") }} as placeholder
        from {{ ref("stg_policy__serial_placeholder") }}
        group by 1
    ),

    keyed as (
        select
            register.*,
            manufacturers.manufacturer as manufacturer_name,
            manufacturers.manufacturer_key,
            case
                when length({{ alphanumeric("register.serial_number") }}) < 4
                then null
                when
                    {{
                        is_placeholder(
                            alphanumeric("register.serial_number"),
                            "no_serial.placeholder",
                        )
                    }}
                then null
                else {{ alphanumeric("register.serial_number") }}
            end as serial,
            case
                when
                    {{
                        is_placeholder(
                            alphanumeric("register.asset_tag"), "no_tag.placeholder"
                        )
                    }}
                then null
                else upper(trim(register.asset_tag))
            end as known_asset_tag,
            case
                when
                    {{
                        is_placeholder(
                            alphanumeric("register.model"), "no_model.placeholder"
                        )
                    }}
                then null
                else trim(register.model)
            end as known_model
        from register
        left join manufacturers on manufacturers.spelling = trim(register.manufacturer)
        left join
            placeholders as no_serial
            on no_serial.placeholder = {{ alphanumeric("register.serial_number") }}
        left join
            placeholders as no_tag
            on no_tag.placeholder = {{ alphanumeric("register.asset_tag") }}
        left join
            placeholders as no_model
            on no_model.placeholder = {{ alphanumeric("register.model") }}
    ),

    asset_rows as (
        select
            keyed.row_id,
            keyed.source_system,
            keyed.asset_id,
            case
                when keyed.manufacturer_key is not null and keyed.serial is not null
                then concat_ws('', 'serial|', keyed.manufacturer_key, '|', keyed.serial)
                else concat_ws('', 'id|', keyed.source_system, '|', keyed.asset_id)
            end as asset_key,
            keyed.extracted_at,
            keyed.valid_from,

            -- what it is
            keyed.status as raw_status,
            keyed.substatus as raw_substatus,
            statuses.canonical_status,
            classes.asset_class,
            coalesce(keyed.manufacturer_name, '(unassigned)') as manufacturer,
            keyed.manufacturer_key,
            keyed.known_model as model,
            keyed.serial,
            keyed.known_asset_tag as asset_tag,
            lower({{ dbt.split_part("trim(keyed.hostname)", "'.'", 1) }}) as hostname,
            keyed.parent_asset_id,
            keyed.ci_id,
            keyed.finance_asset_id,
            keyed.contract_id,
            coalesce(keyed.ownership, 'owned') as ownership,
            coalesce(keyed.asset_function, 'standard') as asset_function,
            keyed.approved,

            -- whose it is and where
            keyed.assigned_person_id,
            coalesce(nullif(trim(keyed.department), ''), '(unassigned)') as department,
            coalesce(
                nullif(trim(keyed.cost_center), ''), '(unassigned)'
            ) as cost_center,
            coalesce(nullif(trim(keyed.location), ''), '(unassigned)') as location,
            keyed.company,
            keyed.stockroom,

            -- its life
            keyed.ordered_date,
            keyed.purchase_date,
            keyed.received_date,
            keyed.in_service_date,
            keyed.retired_date,
            keyed.disposed_date,
            keyed.disposal_method,
            keyed.refurbished_mfg_date,
            keyed.warranty_end,
            keyed.last_verified_at,
            keyed.last_changed_at,

            -- its money
            keyed.purchase_cost,
            keyed.salvage_value,
            upper(trim(keyed.currency)) as currency,

            -- policy of its class
            classes.is_in_scope,
            classes.is_activity_observable,
            classes.is_serial_required,
            classes.is_data_bearing,
            classes.is_shared_asset,
            coalesce(
                keyed.useful_life_months, classes.useful_life_months
            ) as useful_life_months,
            classes.staleness_days,
            classes.min_sanitization,
            classes.replacement_cost_usd,

            -- G11
            coalesce(keyed.ownership, 'owned') = 'byod' as is_byod,
            coalesce(
                statuses.canonical_status
                in ('received', 'in_stock', 'deployed', 'in_repair', 'missing')
                and coalesce(keyed.ownership, 'owned') <> 'byod'
                and classes.is_in_scope,
                false
            ) as is_managed_estate
        from keyed
        left join
            statuses
            on statuses.source_system = keyed.source_system
            and statuses.raw_status = lower(trim(coalesce(keyed.status, '')))
            and statuses.raw_substatus = lower(trim(coalesce(keyed.substatus, '')))
        left join classes on classes.raw_class = {{ underscored("keyed.asset_class") }}
    )

select *
from asset_rows

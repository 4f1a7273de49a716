-- one row per spelling of a manufacturer
with
    spellings as (
        select manufacturer as spelling, extracted_at
        from {{ ref("stg_cmdb__hardware_asset") }}
        where trim(manufacturer) <> ''
        union all
        select manufacturer as spelling, extracted_at
        from {{ ref("stg_discovery__device_discovery") }}
        where trim(manufacturer) <> ''
    ),

    delivered as (
        select trim(spelling) as spelling, max(extracted_at) as newest_at
        from spellings
        group by trim(spelling)
    ),

    aliases as (
        select lower(trim(raw_manufacturer)) as raw_manufacturer, manufacturer
        from {{ ref("stg_policy__manufacturer_alias") }}
    ),

    canonical_names as (
        select
            lower(manufacturer) as manufacturer_key, min(manufacturer) as manufacturer
        from aliases
        group by lower(manufacturer)
    ),

    keyed as (
        select
            delivered.spelling,
            delivered.newest_at,
            lower(
                coalesce(aliases.manufacturer, delivered.spelling)
            ) as manufacturer_key
        from delivered
        left join aliases on aliases.raw_manufacturer = lower(delivered.spelling)
    ),

    -- what no alias knows is one value without regard to case, spelled as in the
    -- newest row
    manufacturers as (
        select
            keyed.spelling,
            keyed.manufacturer_key,
            coalesce(
                canonical_names.manufacturer,
                first_value(keyed.spelling) over (
                    partition by keyed.manufacturer_key
                    order by keyed.newest_at desc, keyed.spelling
                )
            ) as manufacturer
        from keyed
        left join
            canonical_names on canonical_names.manufacturer_key = keyed.manufacturer_key
    )

select *
from manufacturers

-- one row per asset and span of days with the same knowledge of its vendor's support
-- long: two ways to know an end of life, model and system, and what they say together
with
    survivors as (select * from {{ ref("int_assets__survivor_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    -- past when any release that is known has ended; a date ends the day after it
    releases as (
        select
            lower(trim(product)) as product,
            lower(trim(cycle)) as cycle,
            min(
                case
                    when eol_date is not null
                    then {{ add_days("eol_date", 1) }}
                    when is_eol
                    then date '1900-01-01'
                end
            ) as past_from
        from {{ ref("stg_reference__product_lifecycle") }}
        group by 1, 2
    ),

    models as (
        select product, min(past_from) as past_from from releases group by product
    ),

    systems as (
        select
            lower(trim(os_name_like)) as os_name_like,
            lower(trim(os_version_like)) as os_version_like,
            releases.past_from
        from {{ ref("stg_policy__os_lifecycle_alias") }} as alias
        inner join
            releases
            on releases.product = lower(trim(alias.product))
            and releases.cycle = lower(trim(alias.cycle))
    ),

    delivered_systems as (
        select
            lower(trim(os_name)) as os_name,
            lower(trim(coalesce(os_version, ''))) as os_version
        from {{ ref("int_devices__rows") }}
        where os_name is not null
        group by 1, 2
    ),

    known_systems as (
        select
            delivered_systems.os_name,
            delivered_systems.os_version,
            min(systems.past_from) as past_from
        from delivered_systems
        inner join
            systems
            on delivered_systems.os_name like systems.os_name_like
            and delivered_systems.os_version like systems.os_version_like
        group by 1, 2
    ),

    knowledge as (
        select
            survivors.asset_key,
            1 as is_model,
            models.past_from,
            survivors.valid_from,
            survivors.valid_to
        from survivors
        inner join asset_rows on asset_rows.row_id = survivors.row_id
        inner join
            models
            on models.product
            = lower(concat_ws('', asset_rows.manufacturer, ' ', asset_rows.model))
        union all
        select
            matches.asset_key,
            0 as is_model,
            known_systems.past_from,
            greatest(matches.valid_from, devices.valid_from) as valid_from,
            least(matches.valid_to, devices.valid_to) as valid_to
        from {{ ref("int_devices__match_spans") }} as matches
        inner join
            {{ ref("int_devices__survivor_spans") }} as devices
            on devices.device_key = matches.device_key
            and devices.valid_from < matches.valid_to
            and devices.valid_to > matches.valid_from
        inner join
            {{ ref("int_devices__rows") }} as device_rows
            on device_rows.row_id = devices.row_id
        inner join
            known_systems
            on known_systems.os_name = lower(trim(device_rows.os_name))
            and known_systems.os_version
            = lower(trim(coalesce(device_rows.os_version, '')))
    ),

    parts as (
        select
            asset_key,
            row_id,
            0 as known,
            0 as past,
            0 as model_past,
            survivors.valid_from,
            valid_to
        from survivors
        union all
        select
            asset_key,
            0 as row_id,
            1 as known,
            0 as past,
            0 as model_past,
            valid_from,
            valid_to
        from knowledge
        union all
        select
            asset_key,
            0 as row_id,
            0 as known,
            1 as past,
            is_model as model_past,
            greatest(valid_from, past_from) as valid_from,
            valid_to
        from knowledge
        where past_from is not null
    ),

    end_of_life_spans as (
        {{
            sweep(
                "parts",
                ["asset_key"],
                ["row_id", "known", "past", "model_past"],
                "row_id > 0",
            )
        }}
    )

select *
from end_of_life_spans

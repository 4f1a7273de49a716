-- one row per product, device and days of equal evidence of use (K19, K21)
-- long: six kinds of evidence
with
    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    install_rows as (
        select
            row_id,
            source_system,
            {{ install_key("installs") }} as install_key,
            install_date
        from {{ ref("stg_discovery__software_install") }} as installs
        where usage_supported
    ),

    install_spans as (
        select *
        from {{ ref("int_licensing__install_spans") }}
        where is_licensable and device_status = 'confirmed'
    ),

    suites as (
        select * from {{ ref("int_licensing__suite_presence") }} where not is_installed
    ),

    components as (select * from {{ ref("int_licensing__suite_components") }}),

    -- an inferred suite is used when its components are
    records as (
        select row_id, device_key, product_key, valid_from, valid_to
        from install_spans
        union all
        select
            install_spans.row_id,
            install_spans.device_key,
            suites.suite_key as product_key,
            greatest(install_spans.valid_from, suites.valid_from) as valid_from,
            least(install_spans.valid_to, suites.valid_to) as valid_to
        from install_spans
        inner join components on components.component_key = install_spans.product_key
        inner join
            suites
            on suites.suite_key = components.suite_key
            and suites.device_key = install_spans.device_key
            and suites.valid_from < install_spans.valid_to
            and suites.valid_to > install_spans.valid_from
    ),

    supported as (
        select
            records.product_key,
            records.device_key,
            install_rows.source_system,
            install_rows.install_key,
            install_rows.install_date,
            records.valid_from,
            records.valid_to
        from records
        inner join install_rows on install_rows.row_id = records.row_id
    ),

    sightings as (
        select
            source_system,
            {{ install_key("sightings") }} as install_key,
            last_used_at,
            usage_minutes_90d,
            valid_from,
            valid_to
        from {{ state_of("stg_discovery__software_install_sightings") }} as sightings
        where last_used_at is not null or usage_minutes_90d is not null
    ),

    seen as (
        select
            supported.product_key,
            supported.device_key,
            sightings.last_used_at,
            sightings.usage_minutes_90d,
            greatest(supported.valid_from, sightings.valid_from) as valid_from,
            least(supported.valid_to, sightings.valid_to) as valid_to
        from supported
        inner join
            sightings
            on sightings.source_system = supported.source_system
            and sightings.install_key = supported.install_key
            and sightings.valid_from < supported.valid_to
            and sightings.valid_to > supported.valid_from
    ),

    parts as (
        select
            product_key,
            device_key,
            1 as supported,
            0 as settled,
            0 as used_ever,
            0 as used,
            0 as metered,
            cast(0 as bigint) as minutes,
            valid_from,
            valid_to
        from supported
        union all
        select
            supported.product_key,
            supported.device_key,
            0,
            1,
            0,
            0,
            0,
            0,
            greatest(
                supported.valid_from,
                coalesce(
                    {{ add_days("supported.install_date", "policy.usage_window_days") }},
                    supported.valid_from
                )
            ) as valid_from,
            supported.valid_to
        from supported
        cross join policy
        union all
        select product_key, device_key, 0, 0, 1, 0, 0, 0, valid_from, valid_to
        from seen
        where last_used_at is not null
        union all
        select
            seen.product_key,
            seen.device_key,
            0,
            0,
            0,
            1,
            0,
            0,
            seen.valid_from,
            least(
                seen.valid_to,
                {{
                    add_days(
                        "cast(seen.last_used_at as date)", "policy.usage_window_days"
                    )
                }}
            ) as valid_to
        from seen
        cross join policy
        where seen.last_used_at is not null
        union all
        select
            product_key,
            device_key,
            0,
            0,
            0,
            0,
            1,
            usage_minutes_90d,
            valid_from,
            valid_to
        from seen
        where usage_minutes_90d is not null
    ),

    install_use as (
        {{
            sweep(
                "parts",
                ["product_key", "device_key"],
                ["supported", "settled", "used_ever", "used", "metered", "minutes"],
                "supported > 0",
            )
        }}
    )

select *
from install_use

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

    counted as (
        select *
        from {{ ref("int_licensing__licensable_installs") }}
        where not is_inferred
    ),

    needed as ({{ merge_spans("counted", ["device_key", "product_key"]) }}),

    -- what a suite has absorbed shows the use of the suite's right, not of its own; an
    -- inferred suite is used when its components are
    records as (
        select
            install_spans.row_id,
            install_spans.device_key,
            install_spans.product_key,
            greatest(install_spans.valid_from, needed.valid_from) as valid_from,
            least(install_spans.valid_to, needed.valid_to) as valid_to
        from install_spans
        inner join
            needed
            on needed.device_key = install_spans.device_key
            and needed.product_key = install_spans.product_key
            and needed.valid_from < install_spans.valid_to
            and needed.valid_to > install_spans.valid_from
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
            sightings.source_system,
            {{ install_key("sightings") }} as install_key,
            {{
                add_days(
                    "cast(sightings.last_used_at as date)", "policy.usage_window_days"
                )
            }} as idle_from,
            -- more than the threshold says nothing more
            case
                when sightings.usage_minutes_90d is not null
                then
                    least(sightings.usage_minutes_90d, policy.shelfware_min_minutes_90d)
            end as minutes,
            sightings.valid_from,
            sightings.valid_to
        from {{ state_of("stg_discovery__software_install_sightings") }} as sightings
        cross join policy
        where
            sightings.last_used_at is not null
            or sightings.usage_minutes_90d is not null
    ),

    -- what was observed, as spans that change seldom: a use on record, idleness, few
    -- minutes
    observed as (
        select
            source_system,
            install_key,
            'used_ever' as what,
            1 as amount,
            valid_from,
            valid_to
        from sightings
        where idle_from is not null
        union all
        select
            source_system,
            install_key,
            'idle' as what,
            1 as amount,
            greatest(valid_from, idle_from) as valid_from,
            valid_to
        from sightings
        where idle_from < valid_to
        union all
        select
            source_system,
            install_key,
            'minutes' as what,
            minutes as amount,
            valid_from,
            valid_to
        from sightings
        where minutes is not null
    ),

    observations as (
        {{
            merge_spans(
                "observed", ["source_system", "install_key", "what", "amount"]
            )
        }}
    ),

    seen as (
        select
            supported.product_key,
            supported.device_key,
            observations.what,
            observations.amount,
            greatest(supported.valid_from, observations.valid_from) as valid_from,
            least(supported.valid_to, observations.valid_to) as valid_to
        from supported
        inner join
            observations
            on observations.source_system = supported.source_system
            and observations.install_key = supported.install_key
            and observations.valid_from < supported.valid_to
            and observations.valid_to > supported.valid_from
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
            0 as minutes,
            valid_from,
            valid_to
        from supported
        union all
        select
            supported.product_key,
            supported.device_key,
            0 as supported,
            1 as settled,
            0 as used_ever,
            0 as used,
            0 as metered,
            0 as minutes,
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
        -- what is on record is in use, less the days on which it is idle
        select
            product_key,
            device_key,
            0 as supported,
            0 as settled,
            case when what = 'used_ever' then 1 else 0 end as used_ever,
            case what when 'used_ever' then 1 when 'idle' then -1 else 0 end as used,
            case when what = 'minutes' then 1 else 0 end as metered,
            case when what = 'minutes' then amount else 0 end as minutes,
            valid_from,
            valid_to
        from seen
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

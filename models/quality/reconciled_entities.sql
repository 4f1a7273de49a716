-- one row per table of the core and source feed of its entities
-- long: eight tables, each with its named exclusions
{% set of_a_day = {
    "incident": (
        "stg_service_desk__incident",
        "concat_ws('', source_system, '|', incident_id, '|', ci_id)",
        "fct_incidents",
    ),
    "audit": (
        "stg_assurance__audit",
        "concat_ws('', source_system, '|', audit_id)",
        "fct_audits",
    ),
} %}
{% set as_staged = {
    "person": ("stg_hr__person", "person_id", "dim_person"),
    "contract": (
        "stg_licensing__contract",
        "concat_ws('', source_system, '|', contract_id)",
        "dim_contract",
    ),
    "cloud_cost": (
        "stg_cloud__cloud_cost",
        "cast(row_id as string)",
        "fct_cloud_costs",
    ),
} %}
{% set resolved = {
    "hardware_asset": (
        "stg_cmdb__hardware_asset",
        "asset_id",
        "int_assets__rows",
        "asset_key",
        "dim_asset",
    ),
    "device_discovery": (
        "stg_discovery__device_discovery",
        "device_id",
        "int_devices__rows",
        "device_key",
        "dim_device",
    ),
} %}
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    {% for feed, (model, id, rows, key, core) in resolved.items() %}
        -- an id leads to what its newest row on the day says; a row replaced on the day
        -- it came never was
        keyed_{{ feed }} as (
            select
                source_system,
                id,
                min(case when place = 1 then key end) as key,
                count(key) as rows_present,
                min(case when valid_from < valid_to then valid_from end) as first_day
            from
                (
                    select
                        listed.source_system,
                        listed.{{ id }} as id,
                        listed.valid_from,
                        listed.valid_to,
                        keys.key,
                        row_number() over (
                            partition by listed.source_system, listed.{{ id }}
                            order by
                                case
                                    when
                                        keys.key is not null
                                        and listed.valid_from < listed.valid_to
                                        and listed.valid_from <= calendar.last_day
                                    then 0
                                    else 1
                                end,
                                listed.valid_from desc nulls last
                        ) as place
                    from {{ ref(model) }} as listed
                    cross join calendar
                    left join
                        (select row_id, {{ key }} as key from {{ ref(rows) }}) as keys
                        on keys.row_id = listed.row_id
                ) as versions
            group by source_system, id
        ),
    {% endfor %}

    entities as (
        {% for feed, (model, id, core) in as_staged.items() %}
            select
                '{{ feed }}' as feed,
                null as reason,
                count(distinct {{ id }}) as entities
            from {{ ref(model) }}
            union all
        {% endfor %}
        select 'cost_line' as feed, null as reason, count(*) as entities
        from {{ ref("stg_finance__cost_line") }}
        {% for feed, (model, id, core) in of_a_day.items() %}
            union all
            select '{{ feed }}' as feed, reason, count(*) as entities
            from
                (
                    select
                        {{ id }} as id,
                        case
                            when
                                max(
                                    case
                                        when
                                            valid_from <= last_day
                                            and valid_to > last_day
                                        then 1
                                        else 0
                                    end
                                )
                                = 0
                            then 'not in the list of the as-of date'
                            when max(alive.feed) is null
                            then 'the feed is too old'
                        end as reason
                    from {{ ref(model) }}
                    cross join calendar
                    left join
                        (
                            select spans.feed
                            from {{ ref("int_feeds__alive_spans") }} as spans
                            cross join calendar as today
                            where
                                spans.feed = '{{ feed }}'
                                and spans.valid_from <= today.last_day
                                and spans.valid_to > today.last_day
                        ) as alive
                        on true
                    group by {{ id }}
                ) as current_entities
            group by reason
        {% endfor %}
        {% for feed in resolved %}
            union all
            select '{{ feed }}' as feed, reason, count(*) as entities
            from
                (
                    select
                        case
                            when rows_present = 0
                            then 'deleted in the source'
                            when first_day is null
                            then 'gone the day it came'
                            when first_day > last_day
                            then 'delivered after the as-of date'
                            when
                                row_number() over (
                                    partition by key, first_day <= last_day
                                    order by source_system, id
                                )
                                > 1
                            then 'known under another id'
                        end as reason
                    from keyed_{{ feed }}
                    cross join calendar
                ) as reasoned
            group by reason
        {% endfor %}
    ),

    core as (
        {% for feed, (model, id, core) in (as_staged.items() | list) + (
            of_a_day.items() | list
        ) %}
            select
                '{{ feed }}' as feed, '{{ core }}' as core_table, count(*) as entities
            from {{ ref(core) }}
            union all
        {% endfor %}
        {% for feed, (model, id, rows, key, core) in resolved.items() %}
            select
                '{{ feed }}' as feed, '{{ core }}' as core_table, count(*) as entities
            from {{ ref(core) }}
            union all
        {% endfor %}
        select
            'cost_line' as feed,
            'fct_costs' as core_table,
            count(distinct cost_key) as entities
        from {{ ref("fct_costs") }}
        where line_id is not null
    ),

    expected as (
        select
            feed,
            sum(entities) as expected,
            sum(case when reason is not null then entities else 0 end) as explained,
            {{
                dbt.listagg(
                    "case when reason is not null then"
                    " concat_ws('', cast(entities as string), ' ', reason) end",
                    "', '",
                    "order by reason",
                )
            }} as reasons
        from entities
        group by feed
    ),

    reconciled_entities as (
        select
            core.feed,
            core.core_table,
            coalesce(expected.expected, 0) as expected,
            core.entities as found,
            coalesce(expected.explained, 0) as explained,
            expected.reasons
        from core
        left join expected on expected.feed = core.feed
    )

select *
from reconciled_entities

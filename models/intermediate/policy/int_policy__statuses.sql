-- one row per feed, source and raw status that was ever delivered
-- what an unmapped status of a feed reads as (G10); a hardware status has no such
-- reading
{% set otherwise = {
    "incident": "open",
    "entitlement": "active",
    "contract": "active",
    "audit": "open",
    "audit_finding": "open",
} %}
with
    delivered as (select * from {{ ref("int_policy__delivered_statuses") }}),

    status_map as (
        select
            lower(coalesce(nullif(trim(feed), ''), 'hardware_asset')) as feed,
            lower(trim(source_system)) as source_system,
            lower(trim(coalesce(raw_status, ''))) as raw_status,
            lower(trim(coalesce(raw_substatus, ''))) as raw_substatus,
            canonical_status
        from {{ ref("stg_policy__status_map") }}
    ),

    -- the substatus before any substatus, then the source before its family before all
    candidates as (
        select
            delivered.feed,
            delivered.source_system,
            delivered.raw_status,
            delivered.raw_substatus,
            status_map.canonical_status,
            row_number() over (
                partition by
                    delivered.feed,
                    delivered.source_system,
                    delivered.raw_status,
                    delivered.raw_substatus
                order by
                    case
                        when status_map.raw_substatus = delivered.raw_substatus
                        then 0
                        else 1
                    end,
                    case
                        when status_map.source_system = lower(delivered.source_system)
                        then 0
                        when status_map.source_system = '*'
                        then 2
                        else 1
                    end
            ) as place
        from delivered
        left join
            status_map
            on status_map.feed = delivered.feed
            and status_map.raw_status = delivered.raw_status
            and status_map.raw_substatus in (delivered.raw_substatus, '')
            and status_map.source_system in (
                lower(delivered.source_system),
                {{ dbt.split_part("lower(delivered.source_system)", "'-'", 1) }},
                '*'
            )
    ),

    statuses as (
        select
            feed,
            source_system,
            raw_status,
            raw_substatus,
            canonical_status is not null as is_mapped,
            coalesce(
                canonical_status,
                case
                    feed
                    {% for feed, status in otherwise.items() %}
                        when '{{ feed }}' then '{{ status }}'
                    {% endfor %}
                end
            ) as canonical_status
        from candidates
        where place = 1
    )

select *
from statuses

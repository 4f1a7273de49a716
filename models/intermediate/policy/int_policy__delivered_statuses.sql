-- one row per feed, source and raw status that was ever delivered
{% set feeds = {
    "hardware_asset": "stg_cmdb__hardware_asset",
    "incident": "stg_service_desk__incident",
    "entitlement": "stg_licensing__entitlement",
    "contract": "stg_licensing__contract",
    "audit": "stg_assurance__audit",
    "audit_finding": "stg_assurance__audit_finding",
} %}
with
    delivered_statuses as (
        {% for feed, model in feeds.items() %}
            {{ "union all" if not loop.first }}
            select
                '{{ feed }}' as feed,
                source_system,
                lower(trim(coalesce(status, ''))) as raw_status,
                {% if feed == "hardware_asset" -%} lower(trim(coalesce(substatus, '')))
                {%- else -%} ''
                {%- endif %} as raw_substatus,
                count(*) as versions
            from {{ ref(model) }}
            group by 1, 2, 3, 4
        {% endfor %}
    )

select *
from delivered_statuses

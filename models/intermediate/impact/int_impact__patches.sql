-- one row per KPI, entity, kind of money and span of days
with
    exceptions as (
        select *
        from {{ ref("int_exceptions__patches") }}
        where kpi_id = 'patch_compliance_rate' and severity = 'critical'
    ),

    policy as (
        select *
        from {{ ref("stg_policy__kpi_policy") }}
        where overdue_device_loss_usd > 0
    ),

    int_impact__patches as (
        select
            exceptions.kpi_id,
            exceptions.entity_type,
            exceptions.entity_id,
            'not_cash' as kind,
            cast(policy.overdue_device_loss_usd as decimal(38, 12)) as amount,
            'USD' as currency,
            cast(null as date) as available_date,
            exceptions.valid_from,
            exceptions.valid_to,
            {%- for dimension in asset_dimensions() %}
                exceptions.{{ dimension }},
            {%- endfor %}
            exceptions.publisher,
            exceptions.product,
            cast(null as string) as severity
        from exceptions
        cross join policy
    )

select *
from int_impact__patches

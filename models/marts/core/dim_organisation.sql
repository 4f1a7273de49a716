-- one row per unit of the organisation that the register, HR, the ledger or a budget
-- names
with
    {% set kinds = ["department", "cost_center", "location"] -%}
    named as (
        {% for kind in kinds %}
            {{ "union" if not loop.first }}
            select '{{ kind }}' as unit_type, {{ kind }} as unit_name
            from {{ ref("int_assets__rows") }}
            union
            select
                '{{ kind }}' as unit_type,
                coalesce(nullif(trim({{ kind }}), ''), '(unassigned)') as unit_name
            from {{ ref("stg_hr__person") }}
        {% endfor %}
        union
        select
            'cost_center' as unit_type,
            coalesce(nullif(trim(cost_center), ''), '(unassigned)') as unit_name
        from {{ ref("int_money__cost_lines") }}
        union
        select
            'cost_center' as unit_type,
            coalesce(nullif(trim(cost_center), ''), '(unassigned)') as unit_name
        from {{ ref("int_money__budget_lines") }}
    ),

    dim_organisation as (
        select
            concat_ws('', unit_type, '|', unit_name) as organisation_key,
            unit_type,
            unit_name
        from named
    )

select *
from dim_organisation

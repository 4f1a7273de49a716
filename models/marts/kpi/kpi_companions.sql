-- one row per KPI, as-of date, slice and name of a companion
with
    companions as (
        {% for area in var("kpi_areas") %}
            select *
            from {{ ref("int_companions__" ~ area) }}
            union all
        {% endfor %}
        select *
        from {{ ref("int_companions__estimates") }}
    ),

    measures as (select * from {{ ref("kpi_measures") }} where dim_type = 'all'),

    kpi_companions as (
        select
            companions.kpi_id,
            companions.as_of_date,
            companions.dim_type,
            companions.dim_value,
            companions.name,
            companions.value,
            companions.unit
        from companions
        inner join
            measures
            on measures.kpi_id = companions.kpi_id
            and measures.as_of_date = companions.as_of_date
        where measures.status <> 'not_measurable'
    )

select *
from kpi_companions

-- one row per KPI, as-of date, slice, sample and value in it
{% for area in var("kpi_areas") %}
    select * from {{ ref("int_samples__" ~ area) }} {{ "union all" if not loop.last }}
{% endfor %}

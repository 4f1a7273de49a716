-- A list that is shorter than the number it explains sends people to mend the wrong
-- things: what fails adds up to the gap of every rate, on every as-of date. Installs
-- without a licence are listed on the compared days only.
{{ config(meta={"dagster": {"ref": {"name": "kpi_measures"}}}) }}

with
    failures as (
        {% for area in var("kpi_areas") %}
            select kpi_id, quantity, valid_from, valid_to
            from {{ ref("int_exceptions__" ~ area) }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    listed as ({{ span_sums("failures", ["quantity"], keys=["kpi_id"]) }}),

    gaps as (
        select
            measures.kpi_id,
            measures.as_of_date,
            case
                when catalog.direction = 'up'
                then measures.denominator - measures.numerator
                else measures.numerator
            end as gap
        from {{ ref("kpi_measures") }} as measures
        inner join
            {{ ref("stg_policy__kpi_definitions") }} as catalog
            on catalog.kpi_id = measures.kpi_id
        cross join {{ ref("int_calendar__compared_dates") }} as compared
        where
            measures.dim_type = 'all'
            and measures.status <> 'not_measurable'
            and catalog.unit = 'rate'
            and catalog.direction in ('up', 'down')
            and (
                measures.kpi_id <> 'license_compliance_rate'
                or measures.as_of_date in (compared.as_of_date, compared.previous_date)
            )
    )

select gaps.kpi_id, gaps.as_of_date, gaps.gap, coalesce(listed.quantity, 0) as quantity
from gaps
left join listed on listed.kpi_id = gaps.kpi_id and listed.as_of_date = gaps.as_of_date
where abs(gaps.gap - coalesce(listed.quantity, 0)) > 0.000001

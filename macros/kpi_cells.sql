{# The five dimensions of every asset KPI (G21). #}
{% macro asset_dimensions() %}
    {{-
        return(
            ["asset_class", "department", "cost_center", "location", "manufacturer"]
        )
    -}}
{% endmacro %}

{# The cells of a KPI, for every as-of date and slice at once.

   `members` is a table or CTE: valid_from, valid_to (half-open days), numerator, denominator, the dimensions and,
   unless coverage=false, covered and population. A member counts on every day of its span. A day's cell is the sum
   over the members in force: +amount at valid_from, -amount at valid_to, added up to the as-of date. The cost is
   that of the members, not of members x dates. Sliced dates carry every dimension, the daily points only `all`. #}
{% macro kpi_cells(members, kpi_id, dimensions=[], coverage=true) %}
    {%- set amounts = ["numerator", "denominator"] + (
        ["covered", "population"] if coverage else []
    ) -%}
    select
        '{{ kpi_id }}' as kpi_id,
        dates.as_of_date,
        changes.dim_type,
        changes.dim_value,
        cast(sum(changes.numerator) as decimal(38, 12)) as numerator,
        cast(sum(changes.denominator) as decimal(38, 12)) as denominator,
        {%- if coverage %}
            cast(sum(changes.covered) as decimal(38, 12)) as covered,
            cast(sum(changes.population) as decimal(38, 12)) as population
        {%- else %}
            cast(null as decimal(38, 12)) as covered,
            cast(null as decimal(38, 12)) as population
        {%- endif %}
    from
        (
            {{ kpi_edges(members, amounts, "as_of_all", none) }}
            {%- for dimension in dimensions %}
                union all
                {{ kpi_edges(members, amounts, "as_of_slices", dimension) }}
            {%- endfor %}
        ) as changes
    inner join
        {{ ref("int_calendar__as_of_dates") }} as dates
        on changes.as_of_date <= dates.as_of_date
        and (dates.has_slices or changes.dim_type = 'all')
    group by 1, 2, 3, 4
    having sum(changes.members) > 0 or changes.dim_type = 'all'
{% endmacro %}


{# What members add and take away, by the as-of date at which it first shows, for one dimension. #}
{% macro kpi_edges(members, amounts, scope, dimension) %}
    select
        days.{{ scope }} as as_of_date,
        {% if dimension %} '{{ dimension }}'
        {% else %} 'all'
        {% endif %} as dim_type,
        {% if dimension -%}
            coalesce(cast(members.{{ dimension }} as varchar), '(unassigned)')
        {%- else -%} 'all'
        {%- endif %} as dim_value,
        sum(
            case
                when members.numerator <> 0 or members.denominator <> 0
                then edge.sign
                else 0
            end
        ) as members
        {%- for amount in amounts %}
            ,
            sum(
                case
                    when edge.sign = 1
                    then cast(members.{{ amount }} as decimal(38, 12))
                    else - cast(members.{{ amount }} as decimal(38, 12))
                end
            ) as {{ amount }}
        {%- endfor %}
    from {{ members }} as members
    cross join
        (
            select 1 as sign
            union all
            select -1 as sign
        ) as edge
    cross join
        (
            select min(date_day) as first_day from {{ ref("int_calendar__days") }}
        ) as calendar
    inner join
        {{ ref("int_calendar__days") }} as days
        on days.date_day = greatest(
            case when edge.sign = 1 then members.valid_from else members.valid_to end,
            calendar.first_day
        )
    where members.valid_from < members.valid_to and days.{{ scope }} is not null
    group by 1, 2, 3
{% endmacro %}

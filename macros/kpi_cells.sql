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
   that of the members, read once, not of members x dates. Sliced dates carry every dimension, the daily points only
   `all`. #}
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
            select
                {% if dimensions %} coalesce(as_of_all, as_of_slices)
                {% else %} as_of_all
                {% endif %} as as_of_date,
                case
                    {%- for dimension in dimensions %}
                        when grouping({{ dimension }}) = 0 then '{{ dimension }}'
                    {%- endfor %}
                    when grouping(as_of_all) = 0
                    then 'all'
                end as dim_type,
                case
                    {%- for dimension in dimensions %}
                        when grouping({{ dimension }}) = 0 then {{ dimension }}
                    {%- endfor %}
                    when grouping(as_of_all) = 0
                    then 'all'
                end as dim_value,
                sum(members) as members
                {%- for amount in amounts %}
                    , cast(sum({{ amount }}) as decimal(38, 12)) as {{ amount }}
                {%- endfor %}
            from
                (
                    select
                        days.as_of_all,
                        days.as_of_slices
                        {%- for dimension in dimensions %}
                            ,
                            coalesce(
                                cast(members.{{ dimension }} as varchar), '(unassigned)'
                            ) as {{ dimension }}
                        {%- endfor %},
                        case
                            when members.numerator <> 0 or members.denominator <> 0
                            then edge.sign
                            else 0
                        end as members
                        {%- for amount in amounts %}
                            ,
                            case
                                when edge.sign = 1
                                then members.{{ amount }}
                                else - members.{{ amount }}
                            end as {{ amount }}
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
                            select min(date_day) as first_day
                            from {{ ref("int_calendar__days") }}
                        ) as calendar
                    inner join
                        {{ ref("int_calendar__days") }} as days
                        on days.date_day = greatest(
                            case
                                when edge.sign = 1
                                then members.valid_from
                                else members.valid_to
                            end,
                            calendar.first_day
                        )
                    where members.valid_from < members.valid_to
                ) as edges
            group by
                grouping sets (
                    (as_of_all)
                    {%- for dimension in dimensions %}
                        , (as_of_slices, {{ dimension }})
                    {% endfor %}
                )
        ) as changes
    inner join
        {{ ref("int_calendar__as_of_dates") }} as dates
        on changes.as_of_date <= dates.as_of_date
        and (dates.has_slices or changes.dim_type = 'all')
    group by 1, 2, 3, 4
    having sum(changes.members) > 0 or changes.dim_type = 'all'
{% endmacro %}

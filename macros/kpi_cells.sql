{# The five dimensions of every asset KPI (G21). #}
{% macro asset_dimensions() %}
    {{-
        return(
            ["asset_class", "department", "cost_center", "location", "manufacturer"]
        )
    -}}
{% endmacro %}

{# What members add up to, for every as-of date and slice at once.

   `members` is a table or CTE: valid_from, valid_to (half-open days), the keys, the amounts and the dimensions. A
   member counts on every day of its span. A day's sum is that of the members in force: +amount at valid_from, -amount
   at valid_to, added up to the as-of date. The cost is that of the members, read once, not of members x dates. Sliced
   dates carry every dimension, the daily points only `all`. The result: the keys, as_of_date, dim_type, dim_value, the
   amounts as decimal(38, 12), and members: how many are in force whose `counted` amounts are not all 0. #}
{% macro span_sums(members, amounts, dimensions=[], keys=[], counted=none) %}
    select
        {%- for key in keys %} changes.{{ key }}, {%- endfor %}
        dates.as_of_date,
        changes.dim_type,
        changes.dim_value,
        {%- for amount in amounts %}
            cast(sum(changes.{{ amount }}) as decimal(38, 12)) as {{ amount }},
        {%- endfor %}
        sum(changes.members) as members
    from
        (
            select
                {%- for key in keys %} {{ key }}, {%- endfor %}
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
                        {%- for key in keys %} members.{{ key }}, {%- endfor %}
                        days.as_of_all,
                        days.as_of_slices
                        {%- for dimension in dimensions %}
                            ,
                            coalesce(
                                cast(members.{{ dimension }} as string), '(unassigned)'
                            ) as {{ dimension }}
                        {%- endfor %},
                        case
                            when
                                {%- for amount in counted or amounts %}
                                    members.{{ amount }} <> 0
                                    {{ "or" if not loop.last }}
                                {%- endfor %}
                            then members.sign
                            else 0
                        end as members
                        {%- for amount in amounts %}
                            ,
                            case
                                when members.sign = 1
                                then members.{{ amount }}
                                else - members.{{ amount }}
                            end as {{ amount }}
                        {%- endfor %}
                    from ({{ edges(members) }}) as members
                    inner join
                        {{ ref("int_calendar__days") }} as days
                        on days.date_day = members.edge_day
                ) as edges
            group by
                {# every set has the keys #}
                {%- set prefix = keys | join(", ") ~ ", " if keys else "" %}
                grouping sets (
                    ({{ prefix }}as_of_all)
                    {%- for dimension in dimensions %}
                        , ({{ prefix }}as_of_slices, {{ dimension }})
                    {% endfor %}
                )
        ) as changes
    inner join
        {{ ref("int_calendar__as_of_dates") }} as dates
        on changes.as_of_date <= dates.as_of_date
        and (dates.has_slices or changes.dim_type = 'all')
    group by
        {%- for key in keys %} changes.{{ key }}, {%- endfor %}
        dates.as_of_date,
        changes.dim_type,
        changes.dim_value
{% endmacro %}

{# The cells of a KPI. `members` has numerator, denominator, the dimensions and, unless coverage=false, covered and
   population; see span_sums. #}
{% macro kpi_cells(members, kpi_id, dimensions=[], coverage=true) %}
    {%- set amounts = ["numerator", "denominator"] -%}
    select
        '{{ kpi_id }}' as kpi_id,
        as_of_date,
        dim_type,
        dim_value,
        numerator,
        denominator,
        {%- if coverage %} covered, population
        {%- else %}
            cast(null as decimal(38, 12)) as covered,
            cast(null as decimal(38, 12)) as population
        {%- endif %}
    from
        (
            {{
                span_sums(
                    members,
                    amounts + (["covered", "population"] if coverage else []),
                    dimensions,
                    counted=amounts,
                )
            }}
        ) as sums
    where members > 0 or dim_type = 'all'
{% endmacro %}

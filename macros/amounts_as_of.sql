{# What spans add up to on each as-of date. `relation` is a table or a CTE with the keys, valid_from, valid_to and one
   column per amount; the result has the keys, as_of_date and the sums, for the dates on which any sum is not 0. #}
{% macro amounts_as_of(relation, keys, amounts) %}
    {%- set key_list = keys | join(", ") %}
    select
        {{ key_list }},
        as_of_dates.as_of_date
        {%- for amount in amounts %}, sum({{ amount }}) as {{ amount }} {%- endfor %}
    from
        (
            select
                {{ key_list }},
                days.as_of_all as changed_on
                {%- for amount in amounts %}
                    , sum(sign * {{ amount }}) as {{ amount }}
                {%- endfor %}
            from ({{ edges(relation) }}) as spans
            inner join
                {{ ref("int_calendar__days") }} as days
                on days.date_day = spans.edge_day
            where days.as_of_all is not null
            group by {{ key_list }}, days.as_of_all
        ) as changes
    inner join
        {{ ref("int_calendar__as_of_dates") }} as as_of_dates
        on changes.changed_on <= as_of_dates.as_of_date
    group by {{ key_list }}, as_of_dates.as_of_date
    having
        {%- for amount in amounts %}
            {{ "or " if not loop.first }}sum({{ amount }}) <> 0
        {%- endfor %}
{% endmacro %}

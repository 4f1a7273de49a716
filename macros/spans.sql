{# Overlapping or touching spans of equal keys become one. `relation` is a table or a CTE with the keys, valid_from
   and valid_to; empty spans are dropped. #}
{% macro merge_spans(relation, keys) %}
{%- set key_list = keys | join(", ") %}
select {{ key_list }}, min(valid_from) as valid_from, max(valid_to) as valid_to
from (
    select
        started.*,
        sum(is_start) over (
            partition by {{ key_list }} order by valid_from, valid_to
        ) as island
    from (
        select
            {{ key_list }},
            valid_from,
            valid_to,
            case
                when valid_from <= max(valid_to) over (
                    partition by {{ key_list }}
                    order by valid_from, valid_to
                    rows between unbounded preceding and 1 preceding
                )
                then 0
                else 1
            end as is_start
        from {{ relation }}
        where valid_from < valid_to
    ) as started
) as islands
group by {{ key_list }}, island
{% endmacro %}


{# Boolean algebra and counting over spans. `parts` is a table or a CTE with the keys, valid_from, valid_to and one
   column per weight (0 where a part does not speak); on every day the result carries the sum of each weight over the
   parts in force, and `having` keeps the days on which it holds. A weight that is an id is carried: while one part
   of a key is in force its sum is that id. #}
{% macro sweep(parts, keys, weights, having="true") %}
{%- set key_list = keys | join(", ") %}
select *
from (
    select
        {{ key_list }},
        day as valid_from,
        lead(day) over (partition by {{ key_list }} order by day) as valid_to
        {%- for weight in weights %},
        sum({{ weight }}) over (
            partition by {{ key_list }} order by day rows unbounded preceding
        ) as {{ weight }}
        {%- endfor %}
    from (
        select
            {{ key_list }},
            day
            {%- for weight in weights %},
            sum({{ weight }}) as {{ weight }}
            {%- endfor %}
        from (
            select
                {{ key_list }},
                case when edge.sign = 1 then parts.valid_from else parts.valid_to end as day
                {%- for weight in weights %},
                edge.sign * parts.{{ weight }} as {{ weight }}
                {%- endfor %}
            from {{ parts }} as parts
            cross join (select 1 as sign union all select -1 as sign) as edge
            where parts.valid_from < parts.valid_to
        ) as edges
        group by {{ key_list }}, day
    ) as days
) as swept
where valid_to is not null and valid_from < valid_to and {{ having }}
{% endmacro %}

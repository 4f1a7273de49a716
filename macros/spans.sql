{# Overlapping or touching spans of equal keys become one. `relation` is a table or a CTE with the keys, valid_from
   and valid_to; empty spans are dropped. #}
{% macro merge_spans(relation, keys) %}
    {%- set key_list = keys | join(", ") %}
    select
        {{ key_list }},
        valid_from,
        coalesce(
            lead(reached_before) over (
                partition by {{ key_list }} order by valid_from, reached_before
            ),
            reached_at_last
        ) as valid_to
    from
        (
            select
                {{ key_list }},
                valid_from,
                max(valid_to) over (
                    partition by {{ key_list }}
                    order by valid_from, valid_to
                    rows between unbounded preceding and 1 preceding
                ) as reached_before,
                max(valid_to) over (
                    partition by {{ key_list }}
                    order by valid_from, valid_to
                    rows between unbounded preceding and unbounded following
                ) as reached_at_last
            from {{ relation }}
            where valid_from < valid_to
        ) as reached
    where reached_before is null or valid_from > reached_before
{% endmacro %}


{# The two ends of every span, as changes: sign 1 on the day it begins, -1 on the day after it ends; what lies before
   the calendar counts on its first day. The day is a column of a query of its own: an engine that sees its parts
   beside a join to the days makes every pair of them. #}
{% macro edges(relation) %}
    select
        spans.*,
        edge.sign,
        greatest(
            case when edge.sign = 1 then spans.valid_from else spans.valid_to end,
            calendar.first_day
        ) as edge_day
    from {{ relation }} as spans
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
    where spans.valid_from < spans.valid_to
{% endmacro %}


{# Boolean algebra and counting over spans. `parts` is a table or a CTE with the keys, valid_from, valid_to and one
   column per weight (0 where a part does not speak); on every day the result carries the sum of each weight over the
   parts in force, and `having` keeps the days on which it holds. A weight that is an id is carried: while one part
   of a key is in force its sum is that id. #}
{% macro sweep(parts, keys, weights, having="true") %}
    {%- set key_list = keys | join(", ") %}
    select *
    from
        (
            select
                {{ key_list }},
                day as valid_from,
                lead(day) over (partition by {{ key_list }} order by day) as valid_to
                {%- for weight in weights %}
                    ,
                    sum({{ weight }}) over (
                        partition by {{ key_list }}
                        order by day
                        rows unbounded preceding
                    ) as {{ weight }}
                {%- endfor %}
            from
                (
                    select
                        {{ key_list }},
                        day
                        {%- for weight in weights %}
                            , sum({{ weight }}) as {{ weight }}
                        {%- endfor %}
                    from
                        (
                            select
                                {{ key_list }},
                                case
                                    when edge.sign = 1
                                    then parts.valid_from
                                    else parts.valid_to
                                end as day
                                {%- for weight in weights %}
                                    , edge.sign * parts.{{ weight }} as {{ weight }}
                                {%- endfor %}
                            from {{ parts }} as parts
                            cross join
                                (
                                    select 1 as sign
                                    union all
                                    select -1 as sign
                                ) as edge
                            where parts.valid_from < parts.valid_to
                        ) as edges
                    group by {{ key_list }}, day
                ) as days
        ) as swept
    where valid_to is not null and valid_from < valid_to and {{ having }}
{% endmacro %}


{# The best row of each day among rivals. `spans` has the key, an owner (whose rows do not overlap), row_id, valid_from,
   valid_to and what `order_by` names; keys with one owner go straight through, only keys with rivals are cut at every
   change and ranked. Result: the key, row_id, valid_from, valid_to; no overlap. #}
{% macro pick_best(spans, keys, owner, order_by) %}
    {%- set key_list = keys | join(", ") %}
    with
        rival_keys as (
            select {{ key_list }}
            from {{ spans }}
            group by {{ key_list }}
            having count(distinct {{ owner }}) > 1
        ),

        lone as (
            select
                {%- for key in keys %} spans.{{ key }}, {%- endfor %}
                spans.row_id,
                spans.valid_from,
                spans.valid_to
            from {{ spans }} as spans
            left join
                rival_keys
                on {%- for key in keys %}
                    {{ "and " if not loop.first }}rival_keys.{{ key }} = spans.{{ key }}
                {%- endfor %}
            where rival_keys.{{ keys[0] }} is null
        ),

        rivals as (
            select spans.*
            from {{ spans }} as spans
            inner join
                rival_keys
                on {%- for key in keys %}
                    {{ "and " if not loop.first }}rival_keys.{{ key }} = spans.{{ key }}
                {%- endfor %}
        ),

        days as (
            select {{ key_list }}, valid_from as day
            from rivals
            union
            select {{ key_list }}, valid_to as day
            from rivals
        ),

        segments as (
            select
                {{ key_list }},
                day as valid_from,
                lead(day) over (partition by {{ key_list }} order by day) as valid_to
            from days
        ),

        ranked as (
            select
                {%- for key in keys %} rivals.{{ key }}, {%- endfor %}
                rivals.row_id,
                segments.valid_from,
                segments.valid_to,
                row_number() over (
                    partition by
                        {%- for key in keys %}
                            rivals.{{ key }},
                        {%- endfor %} segments.valid_from
                    order by {{ order_by }}
                ) as place
            from segments
            inner join
                rivals
                on {%- for key in keys %}
                    {{ "and " if not loop.first }}rivals.{{ key }} = segments.{{ key }}
                {%- endfor %}
                and rivals.valid_from <= segments.valid_from
                and rivals.valid_to >= segments.valid_to
            where segments.valid_to is not null
        ),

        winners as (
            select {{ key_list }}, row_id, valid_from, valid_to
            from ranked
            where place = 1
        )

    select {{ key_list }}, row_id, valid_from, valid_to
    from lone
    union all
    {{ merge_spans("winners", keys + ["row_id"]) }}
{% endmacro %}


{# Which entity an id leads to (feeds.md, references): within its own source, else in the only source that has the id
   on that day. `named` has ref_kind, ref_id, source_system, entity_key, valid_from, valid_to; no overlap per kind, id
   and source. The result is the same cut where is_sole changes. #}
{% macro sole_references(named) %}
    with
        shared_ids as (
            select ref_kind, ref_id
            from {{ named }}
            group by ref_kind, ref_id
            having min(source_system) < max(source_system)
        ),

        shared as (
            select named.*
            from {{ named }} as named
            inner join
                shared_ids
                on shared_ids.ref_kind = named.ref_kind
                and shared_ids.ref_id = named.ref_id
        ),

        days as (
            select ref_kind, ref_id, valid_from as day
            from shared
            union
            select ref_kind, ref_id, valid_to as day
            from shared
        ),

        segments as (
            select
                ref_kind,
                ref_id,
                day as valid_from,
                lead(day) over (partition by ref_kind, ref_id order by day) as valid_to
            from days
        ),

        cut as (
            select
                shared.ref_kind,
                shared.ref_id,
                shared.source_system,
                shared.entity_key,
                count(*) over (
                    partition by shared.ref_kind, shared.ref_id, segments.valid_from
                )
                = 1 as is_sole,
                segments.valid_from,
                segments.valid_to
            from segments
            inner join
                shared
                on shared.ref_kind = segments.ref_kind
                and shared.ref_id = segments.ref_id
                and shared.valid_from <= segments.valid_from
                and shared.valid_to >= segments.valid_to
            where segments.valid_to is not null
        )

    select
        named.ref_kind,
        named.ref_id,
        named.source_system,
        named.entity_key,
        true as is_sole,
        named.valid_from,
        named.valid_to
    from {{ named }} as named
    left join
        shared_ids
        on shared_ids.ref_kind = named.ref_kind
        and shared_ids.ref_id = named.ref_id
    where shared_ids.ref_id is null
    union all
    select ref_kind, ref_id, source_system, entity_key, is_sole, valid_from, valid_to
    from cut
{% endmacro %}

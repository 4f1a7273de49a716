{# A policy seed with the organisation's overrides merged over it by its key, typed. Overrides come first where order
   matters: precedence is 0 for them and 1 for the seed, position is the order within the organisation's file. #}
{% macro policy(seed, keys, columns) %}
    with
        overrides as (
            select *
            from
                (
                    select
                        override.*,
                        row_number() over (
                            partition by
                                {%- for key in keys %}
                                    lower(
                                        trim(coalesce({{ key }}, ''))
                                    ){{ "," if not loop.last }}
                                {%- endfor %}
                            order by position desc
                        ) as later_rows
                    from {{ source("landing", "policy_" ~ seed) }} as override
                ) as numbered
            where later_rows = 1
        ),

        merged as (
            select
                {%- for column in columns %} {{ column }}, {%- endfor %}
                0 as precedence,
                position
            from overrides
            union all
            select
                {%- for column in columns %} seed.{{ column }}, {%- endfor %}
                1 as precedence,
                cast(0 as bigint) as position
            from {{ ref(seed) }} as seed
            left join
                overrides
                on {%- for key in keys %}
                    {{ "and " if not loop.first -}}
                    lower(trim(coalesce(overrides.{{ key }}, '')))
                    = lower(trim(coalesce(seed.{{ key }}, '')))
                {%- endfor %}
            where overrides.position is null
        )

    select
        {%- for column, type in columns.items() %}
            {% if type == "varchar" -%} {{ column }}
            {%- else -%} cast({{ column }} as {{ type }}) as {{ column }}
            {%- endif %},
        {%- endfor %}
        precedence,
        position
    from merged
{% endmacro %}

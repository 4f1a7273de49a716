{# A decimal as the double next to it. DuckDB adds whole and fractional part where the digits are more than a double
   holds, which may end one step beside: engines that round the whole number once do the same. #}
{% macro as_double(number) %}
    {{ return(adapter.dispatch("as_double", "itam")(number)) }}
{% endmacro %}
{% macro default__as_double(number) %}
    get(
        transform(
            array({{ number }}),
            x -> case
                when
                    abs(cast(x as double)) * power(
                        10d,
                        cast(
                            nullif(
                                regexp_extract(typeof(x), '[0-9]+(?=[)])', 0), ''
                            ) as int
                        )
                    )
                    > 9007199254740992d
                then
                    cast(cast(x as bigint) as double)
                    + cast(x - cast(x as bigint) as double)
                else cast(x as double)
            end
        ),
        0
    )
{% endmacro %}
{% macro duckdb__as_double(number) %} cast({{ number }} as double) {% endmacro %}

{# A double as decimal(38, scale). DuckDB shifts the point in binary and takes all digits of what comes; Spark would
   take the digits that people read. Two halves of 32 bits bring a large number over without losing any. A lambda names
   the number, which would stand here four times, and nested ones four times four. #}
{% macro as_decimal(number, scale) %}
    {{ return(adapter.dispatch("as_decimal", "itam")(number, scale)) }}
{% endmacro %}
{% macro default__as_decimal(number, scale) %}
    get(
        transform(
            transform(array({{ number }}), x -> round(x * {{ "1e" ~ scale }})),
            x -> cast(
                (
                    cast(floor(x / 4294967296d) as decimal(38, 0)) * 4294967296
                    + cast(x - floor(x / 4294967296d) * 4294967296d as bigint)
                ) * {{ "0." ~ "0" * (scale - 1) ~ "1" if scale else 1 }} as decimal(
                    38, {{ scale }}
                )
            )
        ),
        0
    )
{% endmacro %}
{% macro duckdb__as_decimal(number, scale) %}
    cast({{ number }} as decimal(38, {{ scale }}))
{% endmacro %}

{# The value below which a share of a column lies, between two values by proportion. An aggregate. #}
{% macro percentile(column, share) %}
    {{ return(adapter.dispatch("percentile", "itam")(column, share)) }}
{% endmacro %}
{% macro default__percentile(column, share) %}
    {%- set sorted = "array_sort(collect_list(" ~ column ~ "))" -%}
    {%- set place = "((count(" ~ column ~ ") - 1) * cast(" ~ share ~ " as double))" -%}
    get({{ sorted }}, cast(floor({{ place }}) as int))
    * (1 - ({{ place }} - floor({{ place }})))
    + get({{ sorted }}, cast(ceil({{ place }}) as int))
    * ({{ place }} - floor({{ place }}))
{% endmacro %}
{% macro duckdb__percentile(column, share) %}
    percentile_cont({{ share }}) within group (order by {{ column }})
{% endmacro %}

{# A number as people write it: 1,204 (no decimals unless asked for). #}
{% macro readable_number(number, decimals=0) %}
    {{ return(adapter.dispatch("readable_number", "itam")(number, decimals)) }}
{% endmacro %}
{% macro default__readable_number(number, decimals) %}
    format_number(
        {{ as_decimal("cast(" ~ number ~ " as double)", decimals) }}, {{ decimals }}
    )
{% endmacro %}
{% macro duckdb__readable_number(number, decimals) %}
    format(
        '{:,.{{ decimals }}f}',
        cast(cast({{ number }} as decimal(38, {{ decimals }})) as double)
    )
{% endmacro %}

{# A sentence whose optional parts stand in [[ ]]: a part in which something is not known (the mark) goes, of the others
   the brackets. #}
{% macro without_unknown_parts(text, mark) %}
    {{ return(adapter.dispatch("without_unknown_parts", "itam")(text, mark)) }}
{% endmacro %}
{% macro default__without_unknown_parts(text, mark) %}
    replace(
        replace(
            regexp_replace({{ text }}, '\\[\\[[^\\]]*{{ mark }}[^\\]]*\\]\\]', ''),
            '[[',
            ''
        ),
        ']]',
        ''
    )
{% endmacro %}
{% macro duckdb__without_unknown_parts(text, mark) %}
    replace(
        replace(
            regexp_replace({{ text }}, '\[\[[^\]]*{{ mark }}[^\]]*\]\]', '', 'g'),
            '[[',
            ''
        ),
        ']]',
        ''
    )
{% endmacro %}

{# The value of a KPI as people write it: 95.3 %, 1,204 USD, 3.5 hours. #}
{% macro kpi_value_text(value, unit, currency) -%}
    case
        when {{ value }} is null
        then null
        when {{ unit }} = 'rate'
        then concat_ws('', {{ readable_number(value ~ " * 100", 1) }}, ' %')
        when {{ unit }} = 'currency'
        then concat_ws('', {{ readable_number(value) }}, ' ', {{ currency }})
        when {{ unit }} = 'count'
        then {{ readable_number(value) }}
        when {{ unit }} = 'per_100_asset_years'
        then {{ readable_number(value, 1) }}
        else concat_ws('', {{ readable_number(value, 1) }}, ' ', {{ unit }})
    end
{%- endmacro %}

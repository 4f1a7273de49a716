{# The value below which a share of a column lies, between two values by proportion. An aggregate. #}
{% macro percentile(column, share) -%}
    percentile_cont({{ share }}) within group (order by {{ column }})
{%- endmacro %}

{# A number as people write it: 1,204 (no decimals unless asked for). #}
{% macro readable_number(number, decimals=0) %}
    {{ return(adapter.dispatch("readable_number", "itam")(number, decimals)) }}
{% endmacro %}
{% macro default__readable_number(number, decimals) %}
    format_number({{ number }}, {{ decimals }})
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

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

{# The value of a KPI as people write it: 95.3 %, 1,204 USD, 3.5 hours. #}
{% macro kpi_value_text(value, unit, currency) -%}
    case
        when {{ value }} is null
        then null
        when {{ unit }} = 'rate'
        then concat({{ readable_number(value ~ " * 100", 1) }}, ' %')
        when {{ unit }} = 'currency'
        then concat({{ readable_number(value) }}, ' ', {{ currency }})
        when {{ unit }} = 'count'
        then {{ readable_number(value) }}
        when {{ unit }} = 'per_100_asset_years'
        then {{ readable_number(value, 1) }}
        else concat({{ readable_number(value, 1) }}, ' ', {{ unit }})
    end
{%- endmacro %}

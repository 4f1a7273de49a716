{# Upper case without anything that is not a letter or a digit. #}
{% macro alphanumeric(text) %}
    {{ return(adapter.dispatch("alphanumeric", "itam")(text)) }}
{% endmacro %}
{% macro default__alphanumeric(text) %}
    {# two letters beyond ASCII have a capital within it; others would become more than one #}
    upper(regexp_replace({{ text }}, '[^A-Za-z0-9ıſ]', ''))
{% endmacro %}
{% macro duckdb__alphanumeric(text) %}
    regexp_replace(upper({{ text }}), '[^A-Z0-9]', '', 'g')
{% endmacro %}

{# Lower case, trimmed, each run of blanks one underscore: how class names compare. #}
{% macro underscored(text) %}
    {{ return(adapter.dispatch("underscored", "itam")(text)) }}
{% endmacro %}
{% macro default__underscored(text) %}
    regexp_replace({{ spark_lower("trim(" ~ text ~ ")") }}, '[\\t\\n\\f\\r ]+', '_')
{% endmacro %}
{% macro duckdb__underscored(text) %}
    regexp_replace(lower(trim({{ text }})), '\s+', '_', 'g')
{% endmacro %}

{# Lower case letter by letter, as DuckDB has it: Spark makes two letters of one, and knows the end of a Greek word. #}
{% macro spark_lower(text) %} lower(translate({{ text }}, 'İΣ', 'iσ')) {% endmacro %}

{# A text that stands for "not known" (G9), already in the form of alphanumeric(): nothing, one character over and
   over, or a word of seeds/serial_placeholder.csv (joined as `placeholder`). #}
{% macro is_placeholder(text, placeholder) -%}
    (
        {{ text }} = ''
        or replace({{ text }}, substr({{ text }}, 1, 1), '') = ''
        or {{ placeholder }} is not null
    )
{%- endmacro %}

{# A person as marts know them (promise 6): the same everywhere, and not to be found by trying employee numbers, since
   the key never leaves the warehouse. HMAC-SHA256: landing leaves the two pads of the key, so two hashes are enough. #}
{% macro pseudonym(person_id) -%}
    {{ return(adapter.dispatch("pseudonym", "itam")(person_id)) }}
{%- endmacro %}
{% macro pseudonym_pad(pad) -%}
    (select unhex(max({{ pad }})) from {{ source("landing", "pseudonym_key") }})
{%- endmacro %}
{% macro default__pseudonym(person_id) -%}
    sha2(
        concat(
            {{ pseudonym_pad("outer_pad") }},
            unhex(
                sha2(
                    concat(
                        {{ pseudonym_pad("inner_pad") }},
                        encode(cast({{ person_id }} as string), 'UTF-8')
                    ),
                    256
                )
            )
        ),
        256
    )
{%- endmacro %}
{% macro duckdb__pseudonym(person_id) -%}
    sha256(
        {{ pseudonym_pad("outer_pad") }} || unhex(
            sha256(
                {{ pseudonym_pad("inner_pad") }}
                || unhex(hex(cast({{ person_id }} as string)))
            )
        )
    )
{%- endmacro %}

{# Inventory agents build ids from host names, and people name hosts after themselves: marts show such an id as a
   pseudonym. #}
{% macro device_id_without_host(device_id, hostname) -%}
    case
        when {{ dbt.position(hostname, "lower(" ~ device_id ~ ")") }} > 0
        then {{ pseudonym(device_id) }}
        else {{ device_id }}
    end
{%- endmacro %}

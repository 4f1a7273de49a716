{# Upper case without anything that is not a letter or a digit. #}
{% macro alphanumeric(text) %}
    {{ return(adapter.dispatch("alphanumeric", "itam")(text)) }}
{% endmacro %}
{% macro default__alphanumeric(text) %}
    regexp_replace(upper({{ text }}), '[^A-Z0-9]', '')
{% endmacro %}
{% macro duckdb__alphanumeric(text) %}
    regexp_replace(upper({{ text }}), '[^A-Z0-9]', '', 'g')
{% endmacro %}

{# Lower case, trimmed, each run of blanks one underscore: how class names compare. #}
{% macro underscored(text) %}
    {{ return(adapter.dispatch("underscored", "itam")(text)) }}
{% endmacro %}
{% macro default__underscored(text) %}
    regexp_replace(lower(trim({{ text }})), '\\s+', '_')
{% endmacro %}
{% macro duckdb__underscored(text) %}
    regexp_replace(lower(trim({{ text }})), '\s+', '_', 'g')
{% endmacro %}

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
   the salt never leaves the warehouse. #}
{% macro pseudonym(person_id) -%}
    md5(
        concat(
            (select max(salt) from {{ source("landing", "pseudonym_salt") }}),
            cast({{ person_id }} as varchar)
        )
    )
{%- endmacro %}

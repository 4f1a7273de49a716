{# What identifies a product: publisher and name, trimmed and without regard to case. #}
{% macro product_key(publisher, product) -%}
    lower(trim(coalesce({{ publisher }}, ''))) || '|' || lower(trim({{ product }}))
{%- endmacro %}

{# What identifies a raw software title: its parts with their lengths, so that no two titles share a key. #}
{% macro title_key(publisher, name, version) -%}
    md5(
        concat_ws(
            '',
            length(coalesce({{ publisher }}, '')),
            '|',
            coalesce({{ publisher }}, ''),
            '|',
            length({{ name }}),
            '|',
            {{ name }},
            '|',
            coalesce({{ version }}, '')
        )
    )
{%- endmacro %}

{# What identifies a row of software_install within its source, as one text. #}
{% macro install_key(relation) -%}
    concat_ws(
        '',
        {% for column in ["device_id", "raw_publisher", "raw_name", "raw_version"] -%}
            length(coalesce({{ relation }}.{{ column }}, '')),
            '|',
            coalesce({{ relation }}.{{ column }}, ''),
            '|',
        {% endfor -%}
        coalesce({{ relation }}.edition, '')
    )
{%- endmacro %}

{# Lower case, outer blanks cut, each run of blanks as one: how raw titles meet the patterns of product_alias. #}
{% macro collapsed(text) %}
    {{ return(adapter.dispatch("collapsed", "itam")(text)) }}
{% endmacro %}
{% macro default__collapsed(text) %}
    trim(regexp_replace({{ spark_lower(text) }}, '[\\t\\n\\f\\r ]+', ' '))
{% endmacro %}
{% macro duckdb__collapsed(text) %}
    trim(regexp_replace(lower({{ text }}), '\s+', ' ', 'g'))
{% endmacro %}

{# The digits of a text, null when it has none. #}
{% macro digits_of(text) %}
    {{ return(adapter.dispatch("digits_of", "itam")(text)) }}
{% endmacro %}
{% macro default__digits_of(text) %}
    nullif(regexp_replace({{ text }}, '[^0-9]', ''), '')
{% endmacro %}
{% macro duckdb__digits_of(text) %}
    nullif(regexp_replace({{ text }}, '[^0-9]', '', 'g'), '')
{% endmacro %}

{# Versions in their order as text: the leading number padded, then the rest. #}
{% macro version_order(version) -%}
    lpad(regexp_extract({{ version }}, '^[0-9]*', 0), 20, '0')
    || substring({{ version }}, 1 + length(regexp_extract({{ version }}, '^[0-9]*', 0)))
{%- endmacro %}

{# The days of each key, cut wherever one of its spans begins or ends; gaps between spans are pieces too. #}
{% macro cut_spans(relation, keys) %}
    {%- set key_list = keys | join(", ") %}
    select *
    from
        (
            select
                {{ key_list }},
                day as valid_from,
                lead(day) over (partition by {{ key_list }} order by day) as valid_to
            from
                (
                    select
                        {{ key_list }},
                        case
                            when edge.sign = 1 then spans.valid_from else spans.valid_to
                        end as day
                    from {{ relation }} as spans
                    cross join
                        (
                            select 1 as sign
                            union all
                            select -1 as sign
                        ) as edge
                    where spans.valid_from < spans.valid_to
                    group by
                        {{ key_list }},
                        case
                            when edge.sign = 1 then spans.valid_from else spans.valid_to
                        end
                ) as days
        ) as pieces
    where valid_to is not null
{% endmacro %}

{# The share of an amount that a part has in a whole; exact when the part is the whole or nothing. #}
{% macro share_of(amount, part, whole) -%}
    case
        when {{ part }} = {{ whole }}
        then cast({{ amount }} as decimal(38, 12))
        else {{ exact_quotient(as_double(amount) ~ " * " ~ as_double(part), whole) }}
    end
{%- endmacro %}

{# A consumer of rights as marts know it: devices by their key, people and accounts by their pseudonym. #}
{% macro consumer_key(key) -%}
    case
        when {{ key }} like 'device:%'
        then {{ key }}
        when {{ key }} like 'person:%'
        then 'person:' || {{ pseudonym("substring(" ~ key ~ ", 8)") }}
        else {{ dbt.split_part(key, "':'", 1) }} || ':' || {{ pseudonym(key) }}
    end
{%- endmacro %}

{# What identifies an install in the marts: a device, a product and the version that licences tell apart. #}
{% macro device_install_key(relation) -%}
    md5(
        concat_ws(
            '',
            length({{ relation }}.device_key),
            '|',
            {{ relation }}.device_key,
            '|',
            {{ relation }}.product_key,
            '|',
            coalesce({{ relation }}.version_major, '')
        )
    )
{%- endmacro %}

{# The dates that readers compare, one a row: D and the one before it, where there is one; each speaks until the next. #}
{% macro compared_dates() %}
    select
        as_of_date,
        coalesce(
            lead(as_of_date) over (order by as_of_date), {{ far_future() }}
        ) as next_date
    from
        (
            select as_of_date
            from {{ ref("int_calendar__compared_dates") }}
            union all
            select previous_date as as_of_date
            from {{ ref("int_calendar__compared_dates") }}
            where previous_date is not null
        ) as dates
{% endmacro %}

{# As-of dates, each speaking until the next: what is known per date, as spans. #}
{% macro dates_until_next() %}
    select
        as_of_date,
        coalesce(
            lead(as_of_date) over (order by as_of_date), {{ far_future() }}
        ) as next_date
    from {{ ref("int_calendar__as_of_dates") }}
{% endmacro %}

{# Cost categories that make up the cost of an asset (K01). #}
{% macro asset_cost_categories() %}
    {{-
        return(
            [
                "acquisition",
                "deployment",
                "maintenance",
                "support",
                "upgrade",
                "labor",
                "disposal",
                "disposal_proceeds",
            ]
        )
    -}}
{% endmacro %}

{# An amount of some decimals in the base currency, exact. Both factors get room before the multiplication: the product
   of two decimals has the width of the wider one, and decimal(18, 4) x decimal(18, 8) overflows at a million. What is
   left of 38 digits holds 10^18 for ledger amounts (4 decimals), 10^14 for cloud bills (12). #}
{% macro to_base(amount, rate, scale=4) -%}
    cast(
        cast(
            {{ amount }} as decimal(38, {{ scale }})
        ) * cast({{ rate }} as decimal(38, {{ 16 if scale < 8 else 12 }})) as decimal(
            38, 12
        )
    )
{%- endmacro %}

{# The quotient of two exact numbers as a decimal, for shares and averages that are added up afterwards: off by less
   than one part in 10^15, so a billion shared among a hundred thousand assets adds up to the billion. #}
{% macro exact_quotient(dividend, divisor) -%}
    {{
        as_decimal(
            as_double(dividend) ~ " / nullif(" ~ as_double(divisor) ~ ", 0)", 12
        )
    }}
{%- endmacro %}

{# Spans cut down to what an as-of date can see: an edge moves to the first as-of date on or after it, spans that no
   as-of date sees disappear. Membership on the as-of dates is the same, and history collapses into few edges. #}
{% macro as_of_spans(relation, columns) %}
    select
        {%- for column in columns %} spans.{{ column }}, {%- endfor %}
        first_days.as_of_all as valid_from,
        coalesce(last_days.as_of_all, {{ far_future() }}) as valid_to
    from {{ relation }} as spans
    cross join
        (
            select min(date_day) as first_day, max(date_day) as last_day
            from {{ ref("int_calendar__days") }}
        ) as calendar
    inner join
        {{ ref("int_calendar__days") }} as first_days
        on first_days.date_day = greatest(spans.valid_from, calendar.first_day)
    left join
        {{ ref("int_calendar__days") }} as last_days
        on last_days.date_day = spans.valid_to
    where
        spans.valid_from < spans.valid_to
        and spans.valid_to > calendar.first_day
        and first_days.as_of_all < coalesce(last_days.as_of_all, {{ far_future() }})
{% endmacro %}

{# Whether the whole text fits a regular expression. #}
{% macro full_match(text, pattern) %}
    {{ return(adapter.dispatch("full_match", "itam")(text, pattern)) }}
{% endmacro %}
{% macro default__full_match(text, pattern) %}
    {{ text }} rlike '^(?:{{ pattern }})$'
{% endmacro %}
{% macro duckdb__full_match(text, pattern) %}
    regexp_full_match({{ text }}, '{{ pattern }}')
{% endmacro %}

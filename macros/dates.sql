{# The end of a span that is still open. #}
{% macro far_future() %} date '9999-12-31'{% endmacro %}

{# A date some days later (earlier when negative), as a date. #}
{% macro add_days(date, days) %}
    cast({{ dbt.dateadd("day", days, date) }} as date)
{% endmacro %}

{# A date some whole months later, clipped to the month's end, as a date. #}
{% macro add_months(date, months) %}
    cast({{ dbt.dateadd("month", months, date) }} as date)
{% endmacro %}

{# First day on which an event of this day is no longer within the trailing twelve months (D - 12 months, D]. A
   29 February stays until 1 March: its anniversary does not come. #}
{% macro t12m_end(date) -%}
    case
        when extract(month from {{ date }}) = 2 and extract(day from {{ date }}) = 29
        then {{ add_days(add_months(date, 12), 1) }}
        else {{ add_months(date, 12) }}
    end
{%- endmacro %}

{# Completed months between two dates (G13): the anniversary of a 31st is the month's last day. #}
{% macro completed_months(from_date, to_date) -%}
    (
        (extract(year from {{ to_date }}) - extract(year from {{ from_date }})) * 12
        + extract(month from {{ to_date }})
        - extract(month from {{ from_date }})
        - case
            when
                extract(day from {{ to_date }}) < extract(day from {{ from_date }})
                and {{ to_date }} < {{ dbt.last_day(to_date, "month") }}
            then 1
            else 0
        end
    )
{%- endmacro %}

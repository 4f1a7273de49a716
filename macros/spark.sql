{# What dbt writes for Spark where its own way is another than DuckDB's, or does not work: dates stay dates, counts of
   days and seconds are whole and wide, texts are joined in order, seeds keep their quotes, types go by the names that
   this project declares. #}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) %}
    {%- if datepart == "day" -%}
        date_add(
            cast({{ from_date_or_timestamp }} as date), cast({{ interval }} as int)
        )
    {%- elif datepart == "month" -%}
        add_months(
            cast({{ from_date_or_timestamp }} as date), cast({{ interval }} as int)
        )
    {%- else -%}
        timestampadd({{ datepart }}, {{ interval }}, {{ from_date_or_timestamp }})
    {%- endif -%}
{% endmacro %}

{% macro spark__datediff(first_date, second_date, datepart) %}
    {%- if datepart == "day" -%}
        cast(
            date_diff(
                cast({{ second_date }} as date), cast({{ first_date }} as date)
            ) as bigint
        )
    {%- else -%}
        (
            unix_{{ datepart }}s(cast({{ second_date }} as timestamp_ltz))
            - unix_{{ datepart }}s(cast({{ first_date }} as timestamp_ltz))
        )
    {%- endif -%}
{% endmacro %}

{% macro spark__last_day(date, datepart) %}
    last_day(cast({{ date }} as date))
{% endmacro %}

{% macro spark__listagg(measure, delimiter_text, order_by_clause, limit_num) %}
    listagg({{ measure }}, {{ delimiter_text }}) within group ({{ order_by_clause }})
{% endmacro %}

{% macro spark__split_part(string_text, delimiter_text, part_number) %}
    split_part({{ string_text }}, {{ delimiter_text }}, {{ part_number }})
{% endmacro %}

{% macro spark_type(type) %}
    {{- return("string" if type == "varchar" else type) -}}
{% endmacro %}

{% macro spark__cast(field, type) %}
    cast({{ field }} as {{ spark_type(type) }})
{% endmacro %}

{% macro spark__create_csv_table(model, agate_table) %}
    {%- set columns = [] -%}
    {%- for name in agate_table.column_names -%}
        {%- do columns.append(
            name ~ " " ~ spark_type(model.config.column_types[name])
        ) -%}
    {%- endfor -%}
    {%- do run_query("create table " ~ this ~ " (" ~ columns | join(", ") ~ ")") -%}
{% endmacro %}

{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set rows = [] -%}
    {%- for row in agate_table.rows -%}
        {%- set values = [] -%}
        {%- for value in row -%}
            {%- do values.append(
                "null"
                if value is none
                else "'" ~ value
                | replace("\\", "\\\\")
                | replace("'", "\\'") ~ "'"
            ) -%}
        {%- endfor -%}
        {%- do rows.append("(" ~ values | join(", ") ~ ")") -%}
    {%- endfor -%}
    {%- set sql = "insert into " ~ this ~ " values " ~ rows | join(", ") -%}
    {%- do run_query(sql) -%}
    {{- return(sql) -}}
{% endmacro %}

{# The sources as views on the Parquet files that `itam.lake` writes (ITAM_LAKE says where they are): the way of an
   engine that does not land deliveries itself. Without ITAM_LAKE the sources are the tables that landing fills. #}
{% macro read_lake() %}
    {%- set lake = env_var("ITAM_LAKE", "") -%}
    {%- if execute and lake -%}
        {%- for node in graph.sources.values() -%}
            {%- set relation = source(node.source_name, node.name) -%}
            {%- do adapter.create_schema(relation) -%}
            {%- do run_query(
                lake_view(
                    relation, lake ~ "/" ~ node.schema ~ "/" ~ node.name
                )
            ) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{# One of them. #}
{% macro lake_view(relation, folder) %}
    {{ return(adapter.dispatch("lake_view", "itam")(relation, folder)) }}
{% endmacro %}
{% macro default__lake_view(relation, folder) %}
    create or replace view {{ relation }} as select * from parquet.`{{ folder }}`
{% endmacro %}
{% macro duckdb__lake_view(relation, folder) %}
    create or replace view {{ relation }} as
    select *
    from read_parquet('{{ folder }}/**/*.parquet', hive_types_autocast = false)
{% endmacro %}

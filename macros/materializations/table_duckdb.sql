{# A table in one statement. The adapter's own way (a second table, two renames, a drop) is made for readers of the same
   database; nobody reads the warehouse while it is built (readers get published files), and on a build of many small
   models the renames are a fifth of the time. #}
{% materialization table, adapter = "duckdb", supported_languages = ["sql", "python"] %}
    {%- set target = this.incorporate(type="table") -%}
    {%- set existing = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if existing is not none and (
        existing.type != "table" or model["language"] == "python"
    ) %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}

    {% call statement("main", language=model["language"]) -%}
        {%- if model["language"] == "python" -%}
            {{
                py_write_table(
                    temporary=False, relation=target, compiled_code=compiled_code
                )
            }}
        {%- else -%}
            {%- if config.get("contract").enforced -%}
                {{ get_assert_columns_equivalent(compiled_code) }}
                {%- set select_sql = get_select_subquery(compiled_code) -%}
            {%- else -%} {%- set select_sql = compiled_code -%}
            {%- endif -%}
            create or replace table {{ target }} as ({{ select_sql }})
        {%- endif -%}
    {%- endcall %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {% do persist_docs(target, model) %}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({"relations": [target]}) }}
{% endmaterialization %}

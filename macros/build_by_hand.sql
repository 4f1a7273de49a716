{# A build by hand may leave tables of other SQL behind: the next refresh builds everything. Refreshes say who they are. #}
{% macro forget_whole_build() %}
    {%- if execute and target.type == "duckdb" and not env_var(
        "ITAM_REFRESH", ""
    ) and flags.WHICH in [
        "build",
        "run",
        "seed",
    ] -%}
        {%- set state = load_relation(
            api.Relation.create(
                database=target.database,
                schema="quality",
                identifier="built_from",
            )
        ) -%}
        {%- if state is not none -%} delete from {{ state }} {%- endif -%}
    {%- endif -%}
{% endmacro %}

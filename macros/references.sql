{# The days on which one source alone has an id, so that a reference from any source may use it (feeds.md 1.4).
   `relation` is a table or a CTE with the id, source_system, valid_from and valid_to. #}
{% macro sole_source_spans(relation, id) %}
{%- set sources -%}
    (
        select spans.*, 1 as sources
        from ({{ merge_spans(relation, [id, "source_system"]) }}) as spans
    )
{%- endset %}
{{ sweep(sources, keys=[id], weights=["sources"], having="sources = 1") }}
{% endmacro %}

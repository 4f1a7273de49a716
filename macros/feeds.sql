{# What models/staging/_feeds.yml declares about a feed; empty while dbt parses. #}
{% macro feed_declaration(feed) %}
    {%- if execute -%}
        {%- for node in graph.sources.values() if node.source_name == "raw" and node.name == feed -%}
            {{- return(node) -}}
        {%- endfor -%}
        {{-
            exceptions.raise_compiler_error(
                "no feed called " ~ feed ~ " in _feeds.yml"
            )
        -}}
    {%- endif -%}
    {{-
        return(
            {"columns": {}, "config": {"meta": {"kind": "snapshot", "key": []}}}
        )
    -}}
{% endmacro %}


{# Names of the feeds of one kind: snapshot, event or reference. #}
{% macro feeds_of_kind(kind) %}
    {%- set names = [] -%}
    {%- if execute -%}
        {%- for node in graph.sources.values() if node.source_name == "raw" and node.config.meta.kind == kind -%}
            {%- do names.append(node.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(names | sort) -}}
{% endmacro %}


{# BilledCost -> billed_cost, cveID -> cve_id: FOCUS and CISA names as columns of ours. #}
{% macro snake_case(name) %}
    {{- return(modules.re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", name) | lower) -}}
{% endmacro %}


{# The casts of a feed's columns out of the canonical text that landing leaves in raw. #}
{% macro typed_columns(columns) %}
    {%- for column in columns %}
        {%- if column.data_type == "varchar" %}
            log.{{ column.name }} as {{ snake_case(column.name) }},
        {%- elif column.data_type.startswith("decimal(38") %}
            {#- text becomes a number of 18 digits some thirty times as fast as one of 38 #}
            coalesce(
                try_cast(
                    log.{{ column.name }}
                    as {{ column.data_type | replace("(38", "(18") }}
                ),
                cast(log.{{ column.name }} as {{ column.data_type }})
            ) as {{ snake_case(column.name) }},
        {%- else %}
            cast(
                log.{{ column.name }} as {{ column.data_type }}
            ) as {{ snake_case(column.name) }},
        {%- endif %}
    {%- endfor %}
{% endmacro %}


{# A feed's log as typed rows. Snapshot feeds: one row per key and version, with the days on which it was the
   newest of its source. Event and reference feeds: the newest version of every key. #}
{% macro stage(feed) %}
    {%- set declaration = feed_declaration(feed) -%}
    {%- set columns = [] -%}
    {%- for column in declaration.columns.values() if not column.config.get("meta", {}).get("observed") -%}
        {%- do columns.append(column) -%}
    {%- endfor -%}
    {%- set meta = declaration.config.meta -%}
    {{-
        stage_log(
            source("raw", feed), columns, meta.kind, has_key=meta.key | length > 0
        )
    -}}
{% endmacro %}


{# The log of what is observed anew each time (last seen, last used), apart from what is described. #}
{% macro stage_sightings(feed) %}
    {%- set declaration = feed_declaration(feed) -%}
    {%- set columns = [] -%}
    {%- for column in declaration.columns.values()
        if column.config.get("meta", {}).get("observed") or column.name in declaration.config.meta.key -%}
        {%- do columns.append(column) -%}
    {%- endfor -%}
    {{-
        stage_log(
            source("landing", feed ~ "_sightings"),
            columns,
            declaration.config.meta.kind,
        )
    -}}
{% endmacro %}


{# Lines without a key of their own have the digest of their content for one: row_key. #}
{% macro stage_log(log, columns, kind, has_key=true) %}
    with
        versions as (
            select
                row_id,
                {%- if kind == "snapshot" %}
                    lead(extracted_at) over (
                        partition by source_system, row_key order by extracted_at
                    ) as ended_at
                {%- else %}
                    row_number() over (
                        partition by source_system, row_key order by extracted_at desc
                    ) as version_from_newest
                {%- endif %}
            from {{ log }}
        )

    select
        log.row_id,
        log.source_system,
        {%- if not has_key %} log.row_key, {%- endif %}
        {{- typed_columns(columns) }}
        log.extracted_at,
        {%- if kind == "snapshot" %}
            versions.ended_at,
            cast(log.extracted_at as date) as valid_from,
            coalesce(cast(versions.ended_at as date), {{ far_future() }}) as valid_to
        {%- else %} cast(log.extracted_at as date) as valid_from
        {%- endif %}
    from {{ log }} as log
    inner join versions on versions.row_id = log.row_id
    where
        log.change_type = 'upsert'
        {%- if kind != "snapshot" %} and versions.version_from_newest = 1 {%- endif %}
{% endmacro %}


{# The state of a snapshot feed on each day (G1): versions that lasted a day, not deleted in the source, on the
   days on which the feed is alive. Use it as `from {{ state_of("stg_hr__person") }} as person`. #}
{% macro state_of(staging_model) %}
    {%- set is_sightings = staging_model.endswith("_sightings") -%}
    {%- set feed = staging_model.split("__")[1] | replace("_sightings", "") -%}
    {%- set declaration = feed_declaration(feed) -%}
    (
        select
            log.row_id,
            log.source_system,
            {%- for column in declaration.columns.values() %}
                {%- set is_observed = column.config.get("meta", {}).get(
                    "observed", false
                ) %}
                {%- if is_observed == is_sightings or (
                    is_sightings
                    and column.name in declaration.config.meta.key
                ) %}
                    log.{{ snake_case(column.name) }},
                {%- endif %}
            {%- endfor %}
            log.extracted_at,
            log.ended_at,
            greatest(log.valid_from, alive.valid_from) as valid_from,
            least(log.valid_to, alive.valid_to) as valid_to
        from {{ ref(staging_model) }} as log
        inner join
            {{ ref("int_feeds__alive_spans") }} as alive
            on alive.feed = '{{ feed }}'
            and alive.valid_from < log.valid_to
            and alive.valid_to > log.valid_from
        where
            log.valid_from < log.valid_to
            {%- if "is_deleted" in declaration.columns and not is_sightings %}
                and not coalesce(log.is_deleted, false)
            {%- endif %}
    )
{% endmacro %}

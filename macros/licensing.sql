{# What identifies a product: publisher and name, trimmed and without regard to case. #}
{% macro product_key(publisher, product) -%}
    lower(trim(coalesce({{ publisher }}, ''))) || '|' || lower(trim({{ product }}))
{%- endmacro %}

{# What identifies a raw software title. #}
{% macro title_key(publisher, name, version) -%}
    {{ dbt.hash(
        "coalesce(" ~ publisher ~ ", '') || chr(31) || " ~ name ~ " || chr(31) || coalesce(" ~ version ~ ", '')"
    ) }}
{%- endmacro %}

{# Lower case, outer blanks cut, runs of blanks (tabs and no-break spaces too) as one. #}
{% macro collapse_blanks(text) -%}
    trim(
        replace(
            replace(
                replace(
                    translate(lower({{ text }}), chr(9) || chr(10) || chr(13) || chr(160), '    '),
                    ' ', chr(1) || chr(2)
                ),
                chr(2) || chr(1), ''
            ),
            chr(1) || chr(2), ' '
        )
    )
{%- endmacro %}

{# The digits of a text, null when it has none. #}
{% macro digits_of(text) -%}
    nullif(translate({{ text }}, translate({{ text }}, '0123456789', ''), ''), '')
{%- endmacro %}

{# Versions in their order as text: the leading number padded, then the rest. #}
{% macro version_order(version) -%}
    lpad(regexp_extract({{ version }}, '^[0-9]*', 0), 20, '0')
    || substr({{ version }}, 1 + length(regexp_extract({{ version }}, '^[0-9]*', 0)))
{%- endmacro %}

{# The days of each key, cut wherever one of its spans begins or ends; gaps between spans are pieces too. #}
{% macro cut_spans(relation, keys) %}
{%- set key_list = keys | join(", ") %}
select *
from (
    select
        {{ key_list }},
        day as valid_from,
        lead(day) over (partition by {{ key_list }} order by day) as valid_to
    from (
        select
            {{ key_list }},
            case when edge.sign = 1 then spans.valid_from else spans.valid_to end as day
        from {{ relation }} as spans
        cross join (select 1 as sign union all select -1 as sign) as edge
        where spans.valid_from < spans.valid_to
        group by {{ key_list }}, 
            case when edge.sign = 1 then spans.valid_from else spans.valid_to end
    ) as days
) as pieces
where valid_to is not null
{% endmacro %}

{# What identifies a row of software_install within its source, as one text. #}
{% macro install_key() -%}
    concat(
        device_id, chr(31), coalesce(raw_publisher, ''), chr(31), raw_name, chr(31),
        coalesce(raw_version, ''), chr(31), coalesce(edition, '')
    )
{%- endmacro %}

{# The share of an amount that a part has in a whole; exact when the part is the whole or nothing. #}
{% macro share_of(amount, part, whole) -%}
    case
        when {{ part }} = {{ whole }}
        then cast({{ amount }} as decimal(38, 12))
        else {{ exact_quotient("cast(" ~ amount ~ " as double) * cast(" ~ part ~ " as double)", whole) }}
    end
{%- endmacro %}

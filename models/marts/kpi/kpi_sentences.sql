-- one row per KPI, as-of date and slice that has a sentence to say
-- long: every placeholder of the sentences is written here, once
{% set mark = "~" %}
with
    measures as (
        select * from {{ ref("kpi_measures") }} where status in ('ok', 'low_confidence')
    ),

    impacts as (select * from {{ ref("int_kpi__impact_cells") }}),

    renewals as (
        {% for area in var("kpi_areas") %}
            select kpi_id, available_date, valid_from, valid_to
            from {{ ref("int_impact__" ~ area) }}
            where
                kind = 'at_renewal' and available_date is not null
                {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    dates as (select * from {{ ref("int_calendar__as_of_dates") }}),

    catalog as (select * from {{ ref("stg_policy__kpi_definitions") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    sentences as (select * from {{ ref("stg_policy__kpi_statements") }}),

    renewal_dates as (
        select
            renewals.kpi_id,
            dates.as_of_date,
            max(renewals.available_date) as renewal_date
        from renewals
        inner join
            dates
            on renewals.valid_from <= dates.as_of_date
            and renewals.valid_to > dates.as_of_date
        group by renewals.kpi_id, dates.as_of_date
    ),

    parts as (
        select
            measures.kpi_id,
            measures.as_of_date,
            measures.dim_type,
            measures.dim_value,
            case
                when impacts.impact_amount > 0
                then sentences.statement
                else sentences.statement_without_money
            end as sentence,
            catalog.unit,
            policy.base_currency,
            measures.value,
            measures.numerator,
            measures.denominator,
            case
                when catalog.direction = 'up'
                then measures.denominator - measures.numerator
                else measures.numerator
            end as gap,
            impacts.impact_amount,
            impacts.now_amount,
            impacts.renewal_amount,
            impacts.not_cash_amount,
            impacts.impact_currency,
            case
                when measures.dim_type = 'all' then renewal_dates.renewal_date
            end as renewal_date
        from measures
        inner join sentences on sentences.kpi_id = measures.kpi_id
        inner join catalog on catalog.kpi_id = measures.kpi_id
        cross join policy
        left join
            impacts
            on impacts.kpi_id = measures.kpi_id
            and impacts.as_of_date = measures.as_of_date
            and impacts.dim_type = measures.dim_type
            and impacts.dim_value = measures.dim_value
        left join
            renewal_dates
            on renewal_dates.kpi_id = measures.kpi_id
            and renewal_dates.as_of_date = measures.as_of_date
    ),

    written as (
        select
            parts.*,
            {%- for amount in ["numerator", "denominator", "gap"] %}
                coalesce(
                    {{ readable_number(amount) }}, '{{ mark }}'
                ) as {{ amount }}_text,
            {%- endfor %}
            {%- for amount in [
                "impact_amount",
                "now_amount",
                "renewal_amount",
                "not_cash_amount",
            ] %}
                case
                    when {{ amount }} > 0
                    then
                        concat_ws(
                            '', {{ readable_number(amount) }}, ' ', impact_currency
                        )
                    else '{{ mark }}'
                end as {{ amount }}_text,
            {%- endfor %}
            {{ kpi_value_text("value", "unit", "base_currency") }} as value_text
        from parts
        where sentence is not null
    ),

    kpi_sentences as (
        select
            kpi_id,
            as_of_date,
            dim_type,
            dim_value,
            {% set sentence = namespace(sql="sentence") -%}
            {% for placeholder, text in {
                "gap": "gap_text",
                "numerator": "numerator_text",
                "denominator": "denominator_text",
                "value": "coalesce(value_text, '" ~ mark ~ "')",
                "amount": "impact_amount_text",
                "recoverable_now": "now_amount_text",
                "at_renewal": "renewal_amount_text",
                "not_cash": "not_cash_amount_text",
                "renewal_date": "coalesce(cast(renewal_date as string), '"
                ~ mark
                ~ "')",
            }.items() %}
                {%- set sentence.sql = (
                    "replace("
                    ~ sentence.sql
                    ~ ", '{"
                    ~ placeholder
                    ~ "}', "
                    ~ text
                    ~ ")"
                ) -%}
            {% endfor %}
            {{ without_unknown_parts(sentence.sql, mark) }} as statement
        from written
    )

select *
from kpi_sentences

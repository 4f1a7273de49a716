-- one row per KPI, member and reason that fails on D, or failed on the day before it
-- long: what fails now, what failed before and since when are three readings
{% set member = ["kpi_id", "entity_type", "entity_id"] %}
{% set same_member %}
    on before.kpi_id = now.kpi_id
    and before.entity_type = now.entity_type
    and before.entity_id = now.entity_id
{% endset %}
with
    failures as (
        {% for area in var("kpi_areas") %}
            select *
            from {{ ref("int_exceptions__" ~ area) }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    compared as (select * from {{ ref("int_calendar__compared_dates") }}),

    -- what cannot be measured on D has no exceptions, old ones are not gone
    measurable as (
        select measures.kpi_id, measures.as_of_date, compared.previous_date
        from {{ ref("kpi_measures") }} as measures
        inner join compared on compared.as_of_date = measures.as_of_date
        where measures.dim_type = 'all' and measures.status <> 'not_measurable'
    ),

    catalog as (select * from {{ ref("stg_policy__kpi_definitions") }}),

    reasons as (select * from {{ ref("stg_policy__reason_codes") }}),

    impacts as (
        select
            kpi_id,
            entity_type,
            entity_id,
            sum(amount) as impact_amount,
            max(currency) as impact_currency
        from {{ ref("kpi_impact") }}
        where is_base_currency
        group by kpi_id, entity_type, entity_id
    ),

    now as (
        select failures.*, measurable.as_of_date, measurable.previous_date
        from failures
        inner join
            measurable
            on measurable.kpi_id = failures.kpi_id
            and failures.valid_from <= measurable.as_of_date
            and failures.valid_to > measurable.as_of_date
    ),

    before as (
        select failures.*, measurable.as_of_date, measurable.previous_date
        from failures
        inner join
            measurable
            on measurable.kpi_id = failures.kpi_id
            and failures.valid_from <= measurable.previous_date
            and failures.valid_to > measurable.previous_date
    ),

    listed as (
        select
            now.*,
            case when before.kpi_id is null then 'new' else 'open' end as change,
            now.as_of_date as seen_on
        from now
        left join before {{ same_member }}
        union all
        select before.*, 'gone' as change, before.previous_date as seen_on
        from before
        left join now {{ same_member }}
        where now.kpi_id is null
    ),

    spans as (
        select
            failures.kpi_id,
            failures.entity_type,
            failures.entity_id,
            failures.valid_from,
            failures.valid_to
        from failures
        inner join
            listed
            on listed.kpi_id = failures.kpi_id
            and listed.entity_type = failures.entity_type
            and listed.entity_id = failures.entity_id
    ),

    -- whatever the reason, a member fails since it last did not
    runs as ({{ merge_spans("spans", member) }}),

    kpi_exceptions as (
        select
            listed.kpi_id,
            listed.as_of_date,
            listed.entity_type,
            listed.entity_id,
            listed.reason_code,
            coalesce(listed.severity, reasons.severity) as severity,
            case
                when listed.change <> 'gone' then impacts.impact_amount
            end as impact_amount,
            case
                when listed.change <> 'gone' then impacts.impact_currency
            end as impact_currency,
            catalog.owner_role,
            listed.asset_class,
            listed.department,
            listed.cost_center,
            listed.location,
            listed.product,
            listed.due_date,
            runs.valid_from as first_seen_date,
            listed.change,
            listed.manufacturer,
            listed.publisher,
            cast(
                round(
                    case when listed.change = 'gone' then 0 else listed.quantity end, 6
                ) as decimal(38, 6)
            ) as quantity,
            reasons.sentence as reason,
            listed.detail,
            reasons.suggested_action
        from listed
        inner join catalog on catalog.kpi_id = listed.kpi_id
        inner join
            runs
            on runs.kpi_id = listed.kpi_id
            and runs.entity_type = listed.entity_type
            and runs.entity_id = listed.entity_id
            and runs.valid_from <= listed.seen_on
            and runs.valid_to > listed.seen_on
        left join reasons on reasons.reason_code = listed.reason_code
        left join
            impacts
            on impacts.kpi_id = listed.kpi_id
            and impacts.entity_type = listed.entity_type
            and impacts.entity_id = listed.entity_id
    )

select *
from kpi_exceptions

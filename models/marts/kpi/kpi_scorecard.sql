-- one row per KPI and as-of date
-- long: everything a page says about a KPI stands in one row
{% set places = ["asset_class", "department", "cost_center", "location"] %}
with
    catalog as (select * from {{ ref("kpi_catalog") }}),

    results as (select * from {{ ref("kpi_results") }}),

    baselines as (select * from {{ ref("kpi_baselines") }}),

    locks as (select * from {{ ref("kpi_locks") }}),

    impacts as (
        select * from {{ ref("int_kpi__impact_cells") }} where dim_type = 'all'
    ),

    exceptions as (select * from {{ ref("kpi_exceptions") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    profiles as (
        select *
        from {{ ref("stg_policy__profiles") }}
        where coalesce(companion, '') = ''
    ),

    objectives as (select * from {{ ref("stg_policy__objectives") }}),

    months as (
        select kpi_id, as_of_date, value
        from results
        where
            dim_type = 'all'
            and value is not null
            and as_of_date = {{ dbt.last_day("as_of_date", "month") }}
    ),

    totals as (select * from results where dim_type = 'all'),

    trends as (
        select
            totals.kpi_id,
            totals.as_of_date,
            {{
                dbt.listagg(
                    "concat_ws('', substr(cast(months.as_of_date as string), 1, 7), '=',"
                    ~ " cast(cast(months.value as decimal(38, 4)) as string))",
                    "' '",
                    "order by months.as_of_date",
                )
            }}
            as trend_13_months
        from totals
        inner join
            months
            on months.kpi_id = totals.kpi_id
            and months.as_of_date <= totals.as_of_date
            and months.as_of_date > {{ add_months("totals.as_of_date", -13) }}
        group by totals.kpi_id, totals.as_of_date
    ),

    gaps as (
        select
            results.kpi_id,
            results.as_of_date,
            results.dim_type,
            results.dim_value,
            case
                when catalog.direction = 'up'
                then results.denominator - results.numerator
                else abs(results.numerator)
            end as gap
        from results
        inner join catalog on catalog.kpi_id = results.kpi_id
        where results.dim_type in ('{{ places | join("', '") }}')
    ),

    ranked_gaps as (
        select
            gaps.*,
            row_number() over (
                partition by kpi_id, as_of_date, dim_type
                order by gap desc nulls last, dim_value
            ) as place
        from gaps
        where gap > 0
    ),

    worst as (
        select
            kpi_id,
            as_of_date
            {%- for place in places %}
                ,
                max(
                    case when dim_type = '{{ place }}' then dim_value end
                ) as {{ place }}
            {%- endfor %}
        from ranked_gaps
        where place = 1
        group by kpi_id, as_of_date
    ),

    listed as (
        select
            kpi_id,
            as_of_date,
            count(case when change <> 'gone' then 1 end) as exceptions,
            count(case when change = 'new' then 1 end) as new_exceptions,
            count(case when change = 'gone' then 1 end) as gone_exceptions
        from exceptions
        group by kpi_id, as_of_date
    ),

    reasons as (
        select
            kpi_id,
            reason,
            suggested_action,
            row_number() over (
                partition by kpi_id order by sum(quantity) desc nulls last, reason
            ) as place
        from exceptions
        where change <> 'gone' and reason is not null
        group by kpi_id, reason, suggested_action
    ),

    kpi_scorecard as (
        select
            totals.kpi_id,
            totals.as_of_date,
            catalog.name,
            catalog.category,
            catalog.question,
            totals.value,
            {{
                kpi_value_text(
                    "totals.value", "totals.unit", "upper(policy.base_currency)"
                )
            }} as value_text,
            totals.numerator,
            totals.denominator,
            totals.unit,
            catalog.direction,
            totals.target,
            {{
                kpi_value_text(
                    "totals.target", "totals.unit", "upper(policy.base_currency)"
                )
            }} as target_text,
            totals.target_state,
            totals.rag,
            case
                totals.rag
                when 'green'
                then 'G'
                when 'amber'
                then 'A'
                when 'red'
                then 'R'
                else '-'
            end as rag_letter,
            totals.status,
            totals.trust,
            totals.coverage,
            totals.reason,
            totals.previous_value,
            totals.value - totals.previous_value as change_from_previous,
            totals.year_ago_value,
            totals.value - totals.year_ago_value as change_from_year_ago,
            trends.trend_13_months,
            totals.baseline_value,
            baselines.p10_value as baseline_p10_value,
            baselines.p90_value as baseline_p90_value,
            baselines.suggested_target,
            totals.impact_amount,
            totals.impact_currency,
            {%- for amount in ["now_amount", "renewal_amount", "not_cash_amount"] %}
                cast(
                    round(impacts.{{ amount }}, 2) as decimal(18, 2)
                ) as impact_{{ amount }},
            {%- endfor %}
            totals.impact_statement,
            listed.exceptions,
            listed.new_exceptions,
            listed.gone_exceptions,
            case when listed.kpi_id is not null then reasons.reason end as top_reason,
            case
                when listed.kpi_id is not null then reasons.suggested_action
            end as suggested_action,
            {%- for place in places %} worst.{{ place }}, {%- endfor %}
            catalog.owner_role,
            catalog.roles,
            catalog.tier,
            catalog.maturity_level,
            coalesce(locks.is_locked, false) as is_locked,
            locks.locked_reason,
            coalesce(objectives.weight, profiles.weight, 0) as weight,
            coalesce(profiles.is_mandatory, false) as is_mandatory,
            cast(
                row_number() over (
                    partition by totals.as_of_date
                    order by
                        objectives.page_order nulls last,
                        profiles.page_order nulls last,
                        case when catalog.tier = 'top_ten' then 0 else 1 end,
                        catalog.guide_id nulls last,
                        totals.kpi_id
                ) as bigint
            ) as page_order
        from totals
        inner join catalog on catalog.kpi_id = totals.kpi_id
        cross join policy
        left join
            baselines
            on baselines.kpi_id = totals.kpi_id
            and baselines.as_of_date = totals.as_of_date
        left join
            locks
            on locks.maturity_level = catalog.maturity_level
            and locks.as_of_date = totals.as_of_date
        left join
            profiles
            on profiles.kpi_id = totals.kpi_id
            and profiles.profile = policy.profile
        left join
            objectives
            on objectives.kpi_id = totals.kpi_id
            and objectives.objective = policy.objective
        left join
            trends
            on trends.kpi_id = totals.kpi_id
            and trends.as_of_date = totals.as_of_date
        left join
            worst
            on worst.kpi_id = totals.kpi_id
            and worst.as_of_date = totals.as_of_date
        left join
            impacts
            on impacts.kpi_id = totals.kpi_id
            and impacts.as_of_date = totals.as_of_date
        left join
            listed
            on listed.kpi_id = totals.kpi_id
            and listed.as_of_date = totals.as_of_date
        left join reasons on reasons.kpi_id = totals.kpi_id and reasons.place = 1
    )

select *
from kpi_scorecard

-- one row per KPI, entity, kind of money and day it is available, on D
with
    impacts as (
        {% for area in var("kpi_areas") %}
            select
                kpi_id,
                entity_type,
                entity_id,
                kind,
                amount,
                currency,
                available_date,
                valid_from,
                valid_to
            from {{ ref("int_impact__" ~ area) }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    compared as (select * from {{ ref("int_calendar__compared_dates") }}),

    measures as (select * from {{ ref("kpi_measures") }} where dim_type = 'all'),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    in_force as (
        select impacts.*, compared.as_of_date, rates.rate, policy.base_currency
        from impacts
        inner join
            compared
            on impacts.valid_from <= compared.as_of_date
            and impacts.valid_to > compared.as_of_date
        cross join policy
        inner join
            measures
            on measures.kpi_id = impacts.kpi_id
            and measures.as_of_date = compared.as_of_date
            and measures.status <> 'not_measurable'
        left join
            rates
            on rates.currency = impacts.currency
            and rates.date_day = compared.as_of_date
    ),

    kpi_impact as (
        select
            kpi_id,
            as_of_date,
            entity_type,
            entity_id,
            kind,
            cast(
                round(sum({{ to_base("amount", "coalesce(rate, 1)") }}), 2) as decimal(
                    38, 2
                )
            ) as amount,
            case
                when rate is null then currency else upper(base_currency)
            end as currency,
            available_date,
            rate is not null as is_base_currency
        from in_force
        group by
            kpi_id,
            as_of_date,
            entity_type,
            entity_id,
            kind,
            case when rate is null then currency else upper(base_currency) end,
            available_date,
            rate is not null
    )

select *
from kpi_impact

-- one row per asset class and risk, on the newest as-of date
-- long: members, money and population of five risks
{% set risks = [
    ("unpatched", "patch_compliance_rate", "patches"),
    ("unauthorised", "unauthorized_asset_pct", "assets"),
    ("past_end_of_life", "assets_past_eol_pct", "assets"),
    ("over_life", "assets_over_life_pct", "assets"),
    ("unsanitised", "data_sanitization_rate", "operations"),
] %}
with
    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    risks as (
        {% for risk, kpi_id, area in risks %}
            select
                '{{ risk }}' as risk,
                '{{ kpi_id }}' as kpi_id
                {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    failures as (
        {% for risk, kpi_id, area in risks %}
            select kpi_id, asset_class, quantity, valid_from, valid_to
            from {{ ref("int_exceptions__" ~ area) }}
            where kpi_id = '{{ kpi_id }}' {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    impacts as (
        {% for risk, kpi_id, area in risks %}
            select kpi_id, asset_class, amount, currency, valid_from, valid_to
            from {{ ref("int_impact__" ~ area) }}
            where kpi_id = '{{ kpi_id }}' {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    -- what cannot be measured has no slices, and shows no zero
    slices as (
        select measures.*
        from {{ ref("kpi_measures") }} as measures
        inner join newest on newest.as_of_date = measures.as_of_date
        where measures.dim_type = 'asset_class'
    ),

    classes as (
        select slices.dim_value as asset_class
        from slices
        inner join risks on risks.kpi_id = slices.kpi_id
        group by slices.dim_value
    ),

    failing as (
        select failures.kpi_id, failures.asset_class, sum(failures.quantity) as members
        from failures
        inner join
            newest
            on newest.as_of_date >= failures.valid_from
            and newest.as_of_date < failures.valid_to
        group by failures.kpi_id, failures.asset_class
    ),

    at_stake as (
        select
            impacts.kpi_id,
            impacts.asset_class,
            sum({{ to_base("impacts.amount", "rates.rate") }}) as amount
        from impacts
        inner join
            newest
            on newest.as_of_date >= impacts.valid_from
            and newest.as_of_date < impacts.valid_to
        inner join
            rates
            on rates.currency = impacts.currency
            and rates.date_day = newest.as_of_date
        group by impacts.kpi_id, impacts.asset_class
    ),

    mart_risk_heatmap as (
        select
            newest.as_of_date,
            classes.asset_class,
            risks.risk,
            risks.kpi_id,
            case
                when slices.denominator > 0
                then cast(coalesce(failing.members, 0) as bigint)
            end as member_count,
            cast(slices.denominator as bigint) as population_count,
            case
                when slices.denominator > 0
                then
                    cast(coalesce(failing.members, 0) as double)
                    / cast(slices.denominator as double)
            end as member_share,
            case
                when slices.denominator > 0
                then cast(round(coalesce(at_stake.amount, 0), 2) as decimal(38, 2))
            end as impact_amount,
            upper(policy.base_currency) as currency
        from newest
        cross join policy
        cross join risks
        cross join classes
        left join
            slices
            on slices.kpi_id = risks.kpi_id
            and slices.dim_value = classes.asset_class
        left join
            failing
            on failing.kpi_id = risks.kpi_id
            and failing.asset_class = classes.asset_class
        left join
            at_stake
            on at_stake.kpi_id = risks.kpi_id
            and at_stake.asset_class = classes.asset_class
    )

select *
from mart_risk_heatmap

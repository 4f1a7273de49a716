-- one row per idle asset and as-of date
-- long: what it saves to buy, and what it costs to run
with
    idle as (
        select *
        from {{ ref("int_exceptions__assets") }}
        where kpi_id = 'asset_utilization_rate'
    ),

    as_of_dates as (select * from {{ ref("int_calendar__as_of_dates") }}),

    planned as (select * from {{ ref("int_assets__planned_purchases") }}),

    class_policy as (select * from {{ ref("stg_policy__class_policy") }}),

    usd_rates as (
        select *
        from {{ ref("int_money__daily_rates") }}
        where rate_type = 'spot' and currency = 'USD'
    ),

    living as (
        select * from {{ ref("int_money__asset_tco") }} where population = 'living'
    ),

    dated as (
        select
            as_of_dates.as_of_date,
            idle.*,
            count(*) over (
                partition by as_of_dates.as_of_date, idle.asset_class
            ) as idle_assets
        from idle
        inner join
            as_of_dates
            on as_of_dates.as_of_date >= idle.valid_from
            and as_of_dates.as_of_date < idle.valid_to
    ),

    -- an idle asset saves a purchase only if one is planned: where there are fewer,
    -- each idle asset stands for its part of them
    idle_costs as (
        select
            dated.as_of_date,
            dated.entity_id as asset_key,
            coalesce(
                {{ to_base("class_policy.replacement_cost_usd", "usd_rates.rate") }}
                * case
                    when planned.planned_purchases >= dated.idle_assets
                    then 1
                    else
                        {{
                            exact_quotient(
                                "planned.planned_purchases", "dated.idle_assets"
                            )
                        }}
                end,
                0
            ) as preventable_amount,
            coalesce(
                {{
                    exact_quotient(
                        "living.total_amount - living.acquisition_amount",
                        "greatest(1, "
                        ~ completed_months("living.start_date", "dated.as_of_date")
                        ~ ")",
                    )
                }},
                0
            ) as monthly_opex_amount,
            {%- for dimension in asset_dimensions() %}
                dated.{{ dimension }} {{ "," if not loop.last }}
            {%- endfor %}
        from dated
        left join class_policy on class_policy.asset_class = dated.asset_class
        left join
            planned
            on planned.asset_class = dated.asset_class
            and planned.as_of_date = dated.as_of_date
        left join usd_rates on usd_rates.date_day = dated.as_of_date
        left join
            living
            on living.asset_key = dated.entity_id
            and living.valid_from <= dated.as_of_date
            and living.valid_to > dated.as_of_date
    )

select *
from idle_costs

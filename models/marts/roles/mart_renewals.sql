-- one row per contract and decision due: missed lately, or within the next twelve
-- months
-- long: the deadline, the money and the use of what is renewed
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    catalog as (
        select *
        from {{ ref("stg_policy__kpi_definitions") }}
        where kpi_id = 'renewal_optimization_rate'
    ),

    renewals as (
        select
            renewals.*,
            calendar.last_day as as_of_date,
            {{
                dbt.datediff(
                    "calendar.last_day", "renewals.decision_deadline_date", "day"
                )
            }} as days_left
        from {{ ref("fct_renewals") }} as renewals
        cross join calendar
        cross join catalog
        where
            renewals.status = 'active'
            and calendar.last_day
            < {{ add_days("renewals.decision_deadline_date", "catalog.window_days") }}
            and renewals.decision_deadline_date
            <= {{ add_months("calendar.last_day", 12) }}
    ),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    shelfware as (
        select contract_shelfware.*
        from {{ ref("int_renewals__contract_shelfware") }} as contract_shelfware
        inner join calendar on calendar.last_day = contract_shelfware.as_of_date
    ),

    bought as (
        select contracts.source_system, contracts.contract_id, entitlements.product_key
        from {{ ref("int_licensing__contract_terms") }} as contracts
        inner join calendar on calendar.last_day = contracts.as_of_date
        inner join
            {{ ref("int_licensing__active_entitlements") }} as entitlements
            on entitlements.contract_id = contracts.contract_id
            and (
                entitlements.source_system = contracts.source_system
                or contracts.is_sole
            )
            and entitlements.valid_from <= calendar.last_day
            and entitlements.valid_to > calendar.last_day
        group by 1, 2, 3
    ),

    products as (
        select
            bought.source_system,
            bought.contract_id,
            count(*) as products,
            {{
                dbt.listagg(
                    "names.product_label", "', '", "order by names.product_label"
                )
            }} as product_names
        from bought
        inner join
            {{ ref("int_licensing__products") }} as names
            on names.product_key = bought.product_key
        group by bought.source_system, bought.contract_id
    ),

    mart_renewals as (
        select
            renewals.renewal_key,
            renewals.as_of_date,
            concat_ws(
                '', renewals.source_system, '|', renewals.contract_id
            ) as contract_key,
            renewals.source_system,
            renewals.contract_id,
            renewals.contract_type,
            renewals.supplier,
            coalesce(
                nullif(trim(renewals.cost_center), ''), '(unassigned)'
            ) as cost_center,

            -- the deadline
            renewals.decision_deadline_date,
            cast(renewals.days_left as integer) as days_left,
            case
                when renewals.days_left <= 0
                then 'past'
                when renewals.days_left <= 30
                then '30 days'
                when renewals.days_left <= 60
                then '60 days'
                when renewals.days_left <= 90
                then '90 days'
                when renewals.days_left <= 180
                then '180 days'
                else 'later'
            end as due_within,
            renewals.term_end_date,
            renewals.notice_days,
            renewals.is_default_notice,
            renewals.is_auto_renewed,
            renewals.is_evergreen,
            renewals.is_reviewed,

            -- the money
            renewals.annual_value,
            renewals.currency,
            cast(
                {{ to_base("renewals.annual_value", "rates.rate") }} as decimal(18, 2)
            ) as annual_value_base,

            -- what is used of it
            cast(coalesce(products.products, 0) as bigint) as products,
            products.product_names,
            {{ exact_quotient("shelfware.used_cost", "shelfware.measurable_cost") }}
            as used_share,
            {{ exact_quotient("shelfware.shelf_cost", "shelfware.measurable_cost") }}
            as shelf_share,
            cast(shelfware.shelf_cost as decimal(18, 2)) as shelf_cost_base,
            upper(policy.base_currency) as base_currency
        from renewals
        cross join policy
        left join
            rates
            on rates.currency = upper(trim(renewals.currency))
            and rates.date_day = renewals.as_of_date
        left join
            shelfware
            on shelfware.source_system = renewals.source_system
            and shelfware.contract_id = renewals.contract_id
        left join
            products
            on products.source_system = renewals.source_system
            and products.contract_id = renewals.contract_id
    )

select *
from mart_renewals

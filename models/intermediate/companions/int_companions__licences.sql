-- one row per licence KPI, as-of date, slice and name of a number beside it
-- long: one line per number: source, KPI, name, unit, amount, what it is divided by
{% set numbers = [
    (
        "installed",
        "license_compliance_rate",
        "true_up_cost",
        "currency",
        "coalesce(true_up_cost, 0)",
        none,
    ),
    (
        "installed",
        "license_compliance_rate",
        "unpriced_shortfall_rights",
        "count",
        "case when true_up_cost is null then shortfall else 0 end",
        none,
    ),
    (
        "positions",
        "license_position_rate",
        "true_up_cost",
        "currency",
        "coalesce(true_up_cost, 0)",
        none,
    ),
    (
        "positions",
        "license_position_rate",
        "unpriced_shortfall_rights",
        "count",
        "case when true_up_cost is null then shortfall else 0 end",
        none,
    ),
    (
        "positions",
        "license_position_rate",
        "over_licensed_cost",
        "currency",
        "coalesce(over_licensed_cost, 0)",
        none,
    ),
    (
        "positions",
        "license_position_rate",
        "shortfall_rights",
        "count",
        "shortfall",
        none,
    ),
    (
        "positions",
        "license_position_rate",
        "surplus_rights",
        "count",
        "surplus",
        none,
    ),
    (
        "positions",
        "license_position_rate",
        "products_without_shortfall_share",
        "rate",
        "case when required > 0 and shortfall = 0 then 1 else 0 end",
        "case when required > 0 then 1 else 0 end",
    ),
    (
        "installed",
        "license_compliance_rate",
        "unlicensed_installs",
        "count",
        "case when is_entitled then 0 else installs end",
        none,
    ),
    (
        "unconfirmed",
        "license_compliance_rate",
        "unconfirmed_installs",
        "count",
        "installs",
        none,
    ),
    (
        "outside",
        "license_compliance_rate",
        "unlimited_installs",
        "count",
        "unlimited_installs",
        none,
    ),
    (
        "outside",
        "license_compliance_rate",
        "uncountable_installs",
        "count",
        "uncountable_installs",
        none,
    ),
    (
        "unapproved",
        "unauthorized_software_pct",
        "denied_installs",
        "count",
        "denied_installs",
        none,
    ),
    (
        "unapproved",
        "unauthorized_software_pct",
        "not_in_catalog_installs",
        "count",
        "unknown_installs",
        none,
    ),
    (
        "unapproved",
        "unauthorized_software_pct",
        "unapproved_products",
        "count",
        "1",
        none,
    ),
    (
        "measurable",
        "license_utilization_rate",
        "count_weighted_rate",
        "rate",
        "used_rights",
        "rights",
    ),
    (
        "amounts",
        "license_utilization_rate",
        "assignment_rate",
        "rate",
        "least(needs, rights)",
        "rights",
    ),
    (
        "amounts",
        "license_utilization_rate",
        "unallocated_rights",
        "count",
        "undeployed_rights",
        none,
    ),
    (
        "measurable",
        "license_utilization_rate",
        "allocated_unused_rights",
        "count",
        "least(needs, rights) - used_rights",
        none,
    ),
    (
        "measurable",
        "license_utilization_rate",
        "headroom_rights",
        "count",
        "rights - used_rights",
        none,
    ),
    (
        "measurable",
        "license_utilization_rate",
        "excess_use_rights",
        "count",
        "used_needs - used_rights",
        none,
    ),
    (
        "unmeasurable",
        "license_utilization_rate",
        "unmeasurable_cost",
        "currency",
        "annual_cost",
        none,
    ),
    (
        "measurable",
        "software_spend_utilization",
        "cost_per_active_consumer",
        "currency",
        "spend",
        "active_consumers",
    ),
    (
        "unmeasurable",
        "software_spend_utilization",
        "unmeasurable_spend",
        "currency",
        "spend",
        none,
    ),
    (
        "seats",
        "saas_utilization_rate",
        "utilization_60d_rate",
        "rate",
        "least(purchased_seats, active_in_two)",
        "purchased_seats",
    ),
    (
        "seats",
        "saas_utilization_rate",
        "utilization_90d_rate",
        "rate",
        "least(purchased_seats, active_in_three)",
        "purchased_seats",
    ),
    (
        "seats",
        "saas_utilization_rate",
        "leaver_seats",
        "count",
        "leaver_seats",
        none,
    ),
    (
        "seats",
        "saas_utilization_rate",
        "leaver_seats_cost",
        "currency",
        "leaver_cost",
        none,
    ),
    (
        "seats",
        "saas_utilization_rate",
        "duplicate_seats",
        "count",
        "duplicate_seats",
        none,
    ),
    (
        "seats",
        "saas_utilization_rate",
        "blocked_seats",
        "count",
        "blocked_seats",
        none,
    ),
    (
        "seats",
        "saas_utilization_rate",
        "idle_seats",
        "count",
        "idle_seats",
        none,
    ),
    (
        "seats",
        "saas_utilization_rate",
        "never_used_seats",
        "count",
        "never_used_seats",
        none,
    ),
    (
        "seats",
        "saas_utilization_rate",
        "ramp_up_seats",
        "count",
        "ramp_up_seats",
        none,
    ),
    (
        "seats",
        "saas_utilization_rate",
        "unheld_seats",
        "count",
        "greatest(purchased_seats - held_seats, 0)",
        none,
    ),
    (
        "seats",
        "saas_utilization_rate",
        "over_assigned_seats",
        "count",
        "greatest(held_seats - purchased_seats, 0)",
        none,
    ),
    (
        "seats",
        "saas_assigned_utilization_rate",
        "utilization_60d_rate",
        "rate",
        "active_in_two",
        "held_seats",
    ),
    (
        "seats",
        "saas_assigned_utilization_rate",
        "utilization_90d_rate",
        "rate",
        "active_in_three",
        "held_seats",
    ),
    (
        "paid",
        "shelfware_pct",
        "never_used_cost",
        "currency",
        share_of("annual_cost", "never_rights", "rights"),
        none,
    ),
    (
        "paid",
        "shelfware_pct",
        "never_used_rights",
        "count",
        "never_rights",
        none,
    ),
    (
        "paid",
        "shelfware_pct",
        "dormant_cost",
        "currency",
        share_of("annual_cost", "dormant_rights", "rights"),
        none,
    ),
    (
        "paid",
        "shelfware_pct",
        "dormant_rights",
        "count",
        "dormant_rights",
        none,
    ),
    (
        "paid",
        "shelfware_pct",
        "rare_cost",
        "currency",
        share_of("annual_cost", "rare_rights", "rights"),
        none,
    ),
    ("paid", "shelfware_pct", "rare_rights", "count", "rare_rights", none),
    (
        "paid",
        "shelfware_pct",
        "unknown_cost",
        "currency",
        share_of("annual_cost", "unknown_rights", "rights"),
        none,
    ),
    (
        "paid",
        "shelfware_pct",
        "unknown_rights",
        "count",
        "unknown_rights",
        none,
    ),
    ("paid", "shelfware_pct", "paid_cost", "currency", "annual_cost", none),
    ("paid", "shelfware_pct", "paid_rights", "count", "rights", none),
    (
        "paid",
        "shelfware_total_pct",
        "undeployed_cost",
        "currency",
        share_of("annual_cost", "undeployed_rights", "rights"),
        none,
    ),
    (
        "paid",
        "shelfware_total_pct",
        "undeployed_rights",
        "count",
        "undeployed_rights",
        none,
    ),
    (
        "paid",
        "shelfware_total_pct",
        "never_used_cost",
        "currency",
        share_of("annual_cost", "never_rights", "rights"),
        none,
    ),
    (
        "paid",
        "shelfware_total_pct",
        "never_used_rights",
        "count",
        "never_rights",
        none,
    ),
    (
        "paid",
        "shelfware_total_pct",
        "dormant_cost",
        "currency",
        share_of("annual_cost", "dormant_rights", "rights"),
        none,
    ),
    (
        "paid",
        "shelfware_total_pct",
        "dormant_rights",
        "count",
        "dormant_rights",
        none,
    ),
    (
        "paid",
        "shelfware_total_pct",
        "rare_cost",
        "currency",
        share_of("annual_cost", "rare_rights", "rights"),
        none,
    ),
    (
        "paid",
        "shelfware_total_pct",
        "rare_rights",
        "count",
        "rare_rights",
        none,
    ),
    (
        "paid",
        "shelfware_total_pct",
        "unknown_cost",
        "currency",
        share_of("annual_cost", "unknown_rights", "rights"),
        none,
    ),
    (
        "paid",
        "shelfware_total_pct",
        "unknown_rights",
        "count",
        "unknown_rights",
        none,
    ),
    (
        "paid",
        "shelfware_total_pct",
        "paid_cost",
        "currency",
        "annual_cost",
        none,
    ),
    ("paid", "shelfware_total_pct", "paid_rights", "count", "rights", none),
] %}
with
    dates as (
        select as_of_date from {{ ref("int_calendar__as_of_dates") }} where has_slices
    ),

    products as (select * from {{ ref("int_licensing__products") }}),

    positions as (
        select *
        from {{ ref("int_licensing__position_costs") }}
        where exclusion_reason is null
    ),

    installed as (select * from positions where installs > 0),

    unconfirmed as (
        select product_key, as_of_date, unconfirmed_installs as installs
        from {{ ref("int_licensing__position_costs") }}
    ),

    amounts as (select * from {{ ref("int_licensing__utilization") }}),

    measurable as (select * from amounts where is_measurable),

    unmeasurable as (select * from amounts where not is_measurable),

    paid as (select * from amounts where annual_cost <> 0),

    excluded as (
        select
            installs.product_key,
            case
                when terms.exclusion_reason = 'unlimited' then 1 else 0
            end as unlimited_installs,
            case
                when terms.exclusion_reason = 'unlimited' then 0 else 1
            end as uncountable_installs,
            greatest(installs.valid_from, terms.valid_from) as valid_from,
            least(installs.valid_to, terms.valid_to) as valid_to
        from {{ ref("int_licensing__licensable_installs") }} as installs
        inner join
            {{ ref("int_licensing__terms") }} as terms
            on terms.product_key = installs.product_key
            and terms.valid_from < installs.valid_to
            and terms.valid_to > installs.valid_from
        where terms.exclusion_reason is not null
    ),

    outside as (
        {{
            amounts_as_of(
                "excluded",
                ["product_key"],
                ["unlimited_installs", "uncountable_installs"],
            )
        }}
    ),

    failing as (
        select
            product_key,
            case
                when reason_code = 'software_denied' then 1 else 0
            end as denied_installs,
            case
                when reason_code = 'software_denied' then 0 else 1
            end as unknown_installs,
            valid_from,
            valid_to
        from {{ ref("int_licensing__failing_installs") }}
        where kpi_id = 'unauthorized_software_pct'
    ),

    unapproved as (
        {{
            amounts_as_of(
                "failing", ["product_key"], ["denied_installs", "unknown_installs"]
            )
        }}
    ),

    seats as (select * from {{ ref("int_licensing__seat_counts") }}),

    facts as (
        {% for source, kpi_id, name, unit, amount, base in numbers %}
            select
                product_key,
                as_of_date,
                '{{ kpi_id }}' as kpi_id,
                '{{ name }}' as name,
                '{{ unit }}' as unit,
                cast({{ amount }} as decimal(38, 12)) as amount,
                cast({{ base or "null" }} as decimal(38, 12)) as base,
                {{ "true" if base else "false" }} as is_ratio
            from {{ source }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    companions__licences as (
        select
            facts.kpi_id,
            facts.as_of_date,
            case
                when grouping(products.publisher) = 0
                then 'publisher'
                when grouping(products.product_label) = 0
                then 'product'
                else 'all'
            end as dim_type,
            case
                when grouping(products.publisher) = 0
                then products.publisher
                when grouping(products.product_label) = 0
                then products.product_label
                else 'all'
            end as dim_value,
            facts.name,
            case
                when facts.is_ratio
                then
                    cast(sum(facts.amount) as double)
                    / nullif(cast(sum(facts.base) as double), 0)
                else cast(sum(facts.amount) as double)
            end as value,
            facts.unit
        from facts
        inner join dates on dates.as_of_date = facts.as_of_date
        inner join products on products.product_key = facts.product_key
        group by
            grouping sets (
                (
                    facts.kpi_id,
                    facts.as_of_date,
                    facts.name,
                    facts.unit,
                    facts.is_ratio
                ),
                (
                    facts.kpi_id,
                    facts.as_of_date,
                    facts.name,
                    facts.unit,
                    facts.is_ratio,
                    products.publisher
                ),
                (
                    facts.kpi_id,
                    facts.as_of_date,
                    facts.name,
                    facts.unit,
                    facts.is_ratio,
                    products.product_label
                )
            )
    )

select *
from companions__licences

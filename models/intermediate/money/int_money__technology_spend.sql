-- one row per vendor, kind of technology, origin and span of days on which the same
-- lines are in the last twelve months
-- long: bills stand for the ledger where there are bills
{% set hardware = asset_cost_categories() | join("', '") %}
with
    cost_lines as (
        select *
        from {{ ref("int_money__cost_lines") }}
        where
            not is_commitment
            and cost_category in ('{{ hardware }}', 'software', 'saas', 'cloud')
    ),

    cloud_costs as (select * from {{ ref("int_money__cloud_costs") }}),

    unbilled_spans as (select * from {{ ref("int_money__unbilled_spans") }}),

    ledger as (
        select
            cost_category,
            supplier,
            amount_base,
            posted_date as valid_from,
            {{ t12m_end("posted_date") }} as valid_to
        from cost_lines
        where cost_category <> 'cloud'
        union all
        select
            cost_lines.cost_category,
            cost_lines.supplier,
            cost_lines.amount_base,
            greatest(cost_lines.posted_date, unbilled_spans.valid_from) as valid_from,
            least(
                {{ t12m_end("cost_lines.posted_date") }}, unbilled_spans.valid_to
            ) as valid_to
        from cost_lines
        cross join unbilled_spans
        where cost_lines.cost_category = 'cloud'
    ),

    lines as (
        select
            supplier as vendor,
            case
                when cost_category in ('software', 'saas', 'cloud')
                then cost_category
                else 'hardware'
            end as technology,
            amount_base,
            1 as ledger_lines,
            case when amount_base is not null then 1 else 0 end as convertible_lines,
            valid_from,
            valid_to
        from ledger
        union all
        select
            service_provider_name as vendor,
            'cloud' as technology,
            billed_cost_base as amount_base,
            0 as ledger_lines,
            0 as convertible_lines,
            charge_date as valid_from,
            {{ t12m_end("charge_date") }} as valid_to
        from cloud_costs
        where billed_cost_base is not null
    ),

    technology_spend as (
        select
            coalesce(nullif(lower(trim(vendor)), ''), '(unassigned)') as vendor_key,
            technology,
            sum(coalesce(amount_base, 0)) as amount_base,
            max(trim(vendor)) as vendor,
            sum(ledger_lines) as ledger_lines,
            sum(convertible_lines) as convertible_lines,
            valid_from,
            valid_to
        from lines
        where valid_from < valid_to
        group by 1, 2, valid_from, valid_to
    )

select *
from technology_spend

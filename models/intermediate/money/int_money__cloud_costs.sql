-- one row per line of a cloud bill
{# The key of a tag counts after its last / : or . and without what is no letter, its value when it is not blank.
   Character classes instead of escapes: engines read backslashes in different ways. #}
{% set letters = "costcent" | list | join('[^a-z"/:.]*') %}
{% set tag_key = (
    '"([^"]*[/:.])?[^a-z"/:.]*'
    ~ letters
    ~ '[^a-z"/:.]*(e[^a-z"/:.]*r|r[^a-z"/:.]*e)[^a-z"/:.]*"'
) %}
{% set tag_pattern = "(?s).*" ~ tag_key ~ '[^!-~]*:[^!-~]*(" *[^" ]|[-0-9tf]).*' %}
with
    bills as (select * from {{ ref("stg_cloud__cloud_cost") }}),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    accounts as (select * from {{ ref("stg_policy__cloud_account") }}),

    cloud_costs as (
        select
            concat_ws('', bills.source_system, '|', bills.row_key) as cloud_cost_key,
            bills.source_system,
            bills.billing_account_id,
            bills.sub_account_id,
            bills.billing_period_start,
            cast(bills.charge_period_start as date) as charge_date,
            bills.charge_category,
            bills.service_provider_name,
            bills.service_category,
            bills.service_name,
            bills.resource_id,
            bills.region_id,
            bills.commitment_discount_id,
            bills.commitment_discount_id <> '' as is_commitment,
            coalesce(
                lower(trim(bills.commitment_discount_status)) = 'unused', false
            ) as is_unused_commitment,
            coalesce(
                {{ full_match("lower(bills.tags)", tag_pattern) }}, false
            ) as has_cost_center_tag,
            accounts.sub_account_id is not null as has_cost_center_account,
            accounts.cost_center as account_cost_center,
            upper(trim(bills.billing_currency)) as currency,
            bills.billed_cost,
            bills.effective_cost,
            rates.rate,
            {{ to_base("bills.billed_cost", "rates.rate", scale=12) }}
            as billed_cost_base,
            {{ to_base("bills.effective_cost", "rates.rate", scale=12) }}
            as effective_cost_base
        from bills
        left join
            rates
            on rates.currency = upper(trim(bills.billing_currency))
            and rates.date_day = cast(bills.charge_period_start as date)
        left join accounts on accounts.sub_account_id = bills.sub_account_id
    )

select *
from cloud_costs

-- one row per vendor with spend in the last two years or an active contract, on D
-- long: spend, the year before and contracts of a vendor in one place
{% set technologies = ["hardware", "software", "saas", "cloud"] %}
with
    technology_spend as (select * from {{ ref("int_money__technology_spend") }}),

    newest as (
        select as_of_date, {{ add_months("as_of_date", -12) }} as previous_date
        from
            (
                select max(as_of_date) as as_of_date
                from {{ ref("int_calendar__as_of_dates") }}
            ) as dates
    ),

    -- the contracts of D's state
    contracts as (
        select contracts.*
        from {{ ref("int_renewals__contracts") }} as contracts
        cross join newest
        inner join
            {{ state_of("stg_licensing__contract") }} as contract_spans
            on contract_spans.row_id = contracts.contract_row_id
            and contract_spans.valid_from <= newest.as_of_date
            and contract_spans.valid_to > newest.as_of_date
        where contracts.canonical_status = 'active'
    ),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    spend as (
        select
            technology_spend.vendor_key,
            max(technology_spend.vendor) as vendor,
            {%- for technology in technologies %}
                sum(
                    case
                        when
                            technology_spend.valid_to > newest.as_of_date
                            and technology_spend.valid_from <= newest.as_of_date
                            and technology_spend.technology = '{{ technology }}'
                        then technology_spend.amount_base
                        else 0
                    end
                ) as {{ technology }}_amount,
            {%- endfor %}
            sum(
                case
                    when
                        technology_spend.valid_to > newest.as_of_date
                        and technology_spend.valid_from <= newest.as_of_date
                    then technology_spend.amount_base
                    else 0
                end
            ) as spend_amount,
            sum(
                case
                    when
                        technology_spend.valid_to > newest.previous_date
                        and technology_spend.valid_from <= newest.previous_date
                    then technology_spend.amount_base
                    else 0
                end
            ) as previous_spend_amount
        from technology_spend
        cross join newest
        where
            technology_spend.valid_from <= newest.as_of_date
            and technology_spend.valid_to > newest.previous_date
        group by technology_spend.vendor_key
    ),

    -- what a contract is worth a year is a state: the rate of D
    contracted as (
        select
            coalesce(
                nullif(lower(trim(contracts.supplier)), ''), '(unassigned)'
            ) as vendor_key,
            max(trim(contracts.supplier)) as vendor,
            count(*) as active_contract_count,
            sum(
                {{ to_base("contracts.annual_value", "rates.rate") }}
            ) as annual_contract_amount,
            sum(
                case
                    when rates.rate is null and contracts.annual_value is not null
                    then 1
                    else 0
                end
            ) as unconvertible_contract_count,
            min(
                case
                    when contracts.end_date >= newest.as_of_date then contracts.end_date
                end
            ) as next_end_date
        from contracts
        cross join newest
        left join
            rates
            on rates.currency = upper(trim(contracts.currency))
            and rates.date_day = newest.as_of_date
        group by 1
    ),

    vendors as (
        select vendor_key
        from spend
        where spend_amount <> 0 or previous_spend_amount <> 0
        union
        select vendor_key
        from contracted
    ),

    totals as (select sum(spend_amount) as spend_amount from spend),

    mart_vendor_spend as (
        select
            vendors.vendor_key,
            newest.as_of_date,
            coalesce(spend.vendor, contracted.vendor, '(unassigned)') as vendor,
            {%- for technology in technologies %}
                cast(
                    coalesce(spend.{{ technology }}_amount, 0) as decimal(38, 6)
                ) as {{ technology }}_amount,
            {%- endfor %}
            cast(coalesce(spend.spend_amount, 0) as decimal(38, 6)) as spend_amount,
            cast(
                coalesce(spend.previous_spend_amount, 0) as decimal(38, 6)
            ) as previous_spend_amount,
            cast(coalesce(spend.spend_amount, 0) as double)
            / nullif(cast(totals.spend_amount as double), 0) as spend_share,
            upper(policy.base_currency) as currency,
            cast(
                coalesce(contracted.active_contract_count, 0) as bigint
            ) as active_contract_count,
            cast(
                contracted.annual_contract_amount as decimal(38, 6)
            ) as annual_contract_amount,
            cast(
                coalesce(contracted.unconvertible_contract_count, 0) as bigint
            ) as unconvertible_contract_count,
            contracted.next_end_date
        from vendors
        cross join newest
        cross join totals
        cross join policy
        left join spend on spend.vendor_key = vendors.vendor_key
        left join contracted on contracted.vendor_key = vendors.vendor_key
    )

select *
from mart_vendor_spend

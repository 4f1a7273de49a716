-- one row per currency, rate type and span of days with one rate to the base currency
-- long: both directions and the base currency itself make one table
with
    fx_rates as (select * from {{ ref("stg_reference__fx_rate") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    -- a rate serves its own direction; the other way round it is the second choice
    quotes as (
        select
            upper(trim(fx_rates.from_currency)) as currency,
            fx_rates.rate_type,
            fx_rates.rate_date,
            true as is_direct,
            cast(fx_rates.rate as decimal(38, 16)) as rate,
            fx_rates.extracted_at,
            fx_rates.source_system
        from fx_rates
        inner join
            policy on upper(trim(fx_rates.to_currency)) = upper(policy.base_currency)
        union all
        select
            upper(trim(fx_rates.to_currency)) as currency,
            fx_rates.rate_type,
            fx_rates.rate_date,
            false as is_direct,
            {{ as_decimal("cast(1 as double) / " ~ as_double("fx_rates.rate"), 16) }}
            as rate,
            fx_rates.extracted_at,
            fx_rates.source_system
        from fx_rates
        inner join
            policy on upper(trim(fx_rates.from_currency)) = upper(policy.base_currency)
        where fx_rates.rate <> 0
    ),

    -- of several sources the one that was delivered last
    ranked_quotes as (
        select
            quotes.*,
            row_number() over (
                partition by currency, rate_type, is_direct, rate_date
                order by extracted_at desc nulls last, source_system
            ) as choice
        from quotes
        cross join policy
        where quotes.currency <> upper(policy.base_currency)
    ),

    quote_spans as (
        select
            currency,
            rate_type,
            is_direct,
            rate,
            rate_date as valid_from,
            coalesce(
                lead(rate_date) over (
                    partition by currency, rate_type, is_direct order by rate_date
                ),
                {{ far_future() }}
            ) as valid_to,
            min(case when is_direct then rate_date end) over (
                partition by currency, rate_type
            ) as first_direct_date
        from ranked_quotes
        where choice = 1
    ),

    rates as (
        select currency, rate_type, rate, is_direct, valid_from, valid_to
        from quote_spans
        where is_direct
        union all
        select
            currency,
            rate_type,
            rate,
            is_direct,
            valid_from,
            least(valid_to, coalesce(first_direct_date, valid_to)) as valid_to
        from quote_spans
        where
            not is_direct
            and (first_direct_date is null or valid_from < first_direct_date)
        union all
        select
            upper(policy.base_currency) as currency,
            rate_types.rate_type,
            cast(1 as decimal(38, 16)) as rate,
            true as is_direct,
            date '0001-01-01' as valid_from,
            {{ far_future() }} as valid_to
        from policy
        cross join
            (
                select 'spot' as rate_type
                union all
                select 'budget' as rate_type
            ) as rate_types
    )

select *
from rates

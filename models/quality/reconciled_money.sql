-- one row per ledger, currency of its lines and measure of their money
-- long: two ledgers, each in its own currency and in the base currency
with
    cost_lines as (select * from {{ ref("int_money__cost_lines") }}),

    ledger as (
        select coalesce(upper(trim(currency)), '') as currency, sum(amount) as amount
        from {{ ref("stg_finance__cost_line") }}
        group by 1
    ),

    converted as (
        select coalesce(currency, '') as currency, sum(amount_base) as amount_base
        from cost_lines
        group by 1
    ),

    -- a line's own amount stands in each of its shares
    line_costs as (
        select
            cost_key,
            min(coalesce(currency, '')) as currency,
            min(unattributed_reason) as reason,
            min(line_amount) as amount,
            sum(share_amount_base) as amount_base,
            count(*) as shares
        from {{ ref("fct_costs") }}
        where line_id is not null
        group by cost_key
    ),

    borne as (
        select
            currency,
            case
                when reason is null
                then 'attributed'
                when
                    reason in (
                        'posted_later', 'commitment', 'not_an_asset_category', 'no_rate'
                    )
                then reason
                else 'pool'
            end as part,
            sum(coalesce(amount, 0)) as amount,
            sum(coalesce(amount_base, 0)) as amount_base,
            sum(shares) as shares
        from line_costs
        group by 1, 2
    ),

    bills as (
        select
            coalesce(upper(trim(billing_currency)), '') as currency,
            sum(effective_cost) as amount
        from {{ ref("stg_cloud__cloud_cost") }}
        group by 1
    ),

    cloud_costs as (
        select
            coalesce(currency, '') as currency,
            case
                when allocation = 'unallocated' then 'pool' else 'attributed'
            end as part,
            sum(coalesce(effective_cost, 0)) as amount
        from {{ ref("fct_cloud_costs") }}
        group by 1, 2
    ),

    -- the digits of a ledger: engines widen decimals of different scale differently
    parts as (
        select
            'ledger' as ledger, currency, 'amount' as measure, part, amount, 0 as shares
        from borne
        union all
        select
            'ledger' as ledger,
            currency,
            'base_amount' as measure,
            part,
            cast(amount_base as decimal(38, 4)) as amount,
            shares
        from borne
        union all
        select
            'cloud bills' as ledger,
            currency,
            'amount' as measure,
            part,
            cast(amount as decimal(38, 4)) as amount,
            0 as shares
        from cloud_costs
    ),

    totals as (
        select 'ledger' as ledger, currency, 'amount' as measure, amount
        from ledger
        union all
        select
            'ledger' as ledger,
            currency,
            'base_amount' as measure,
            cast(amount_base as decimal(38, 4)) as amount
        from converted
        union all
        select
            'cloud bills' as ledger,
            currency,
            'amount' as measure,
            cast(amount as decimal(38, 4)) as amount
        from bills
    ),

    split as (
        select
            ledger,
            currency,
            measure,
            sum(case when part = 'attributed' then amount else 0 end) as attributed,
            sum(case when part = 'pool' then amount else 0 end) as pool,
            sum(
                case when part not in ('attributed', 'pool') then amount else 0 end
            ) as excluded,
            sum(shares) as shares,
            {{
                dbt.listagg(
                    "concat_ws('', cast(cast(amount as decimal(38, 2)) as string), ' ', part)",
                    "', '",
                    "order by part",
                )
            }}
            as reasons
        from parts
        group by ledger, currency, measure
    ),

    reconciled_money as (
        select
            coalesce(totals.ledger, split.ledger) as ledger,
            coalesce(totals.currency, split.currency) as currency,
            coalesce(totals.measure, split.measure) as measure,
            coalesce(totals.amount, 0) as expected,
            coalesce(split.attributed, 0) as found,
            coalesce(split.pool, 0) + coalesce(split.excluded, 0) as explained,
            -- a share is published to six decimals: a line over a million assets loses
            -- half a unit at most
            cast(coalesce(split.shares, 0) as decimal(20, 0))
            * cast(0.0000005 as decimal(8, 7)) as rounding,
            split.reasons
        from totals
        full outer join
            split
            on split.ledger = totals.ledger
            and split.currency = totals.currency
            and split.measure = totals.measure
    )

select *
from reconciled_money

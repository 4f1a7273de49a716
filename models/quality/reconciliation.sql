-- one row per rule and what it was held against
with
    reconciliation as (
        select
            rule,
            concat_ws('', source_system, '/', feed) as subject,
            cast(expected as decimal(38, 6)) as expected,
            cast(found as decimal(38, 6)) as found,
            cast(explained as decimal(38, 6)) as explained,
            reasons,
            cast(difference as decimal(38, 6)) as difference
        from {{ ref("reconciled_deliveries") }}
        union all
        select
            rule,
            feed as subject,
            cast(expected as decimal(38, 6)) as expected,
            cast(found as decimal(38, 6)) as found,
            cast(0 as decimal(38, 6)) as explained,
            null as reasons,
            cast(difference as decimal(38, 6)) as difference
        from {{ ref("reconciled_rows") }}
        union all
        select
            'entities_in_core' as rule,
            concat_ws('', feed, ' in ', core_table) as subject,
            cast(expected as decimal(38, 6)) as expected,
            cast(found as decimal(38, 6)) as found,
            cast(explained as decimal(38, 6)) as explained,
            reasons,
            cast(expected - found - explained as decimal(38, 6)) as difference
        from {{ ref("reconciled_entities") }}
        union all
        select
            'money_in_core' as rule,
            concat_ws('', ledger, ' ', currency, ' ', measure) as subject,
            cast(expected as decimal(38, 6)) as expected,
            cast(found as decimal(38, 6)) as found,
            cast(explained as decimal(38, 6)) as explained,
            reasons,
            cast(
                case
                    when abs(expected - found - explained) <= rounding
                    then 0
                    else round(cast(expected - found - explained as decimal(38, 6)), 2)
                end as decimal(38, 6)
            ) as difference
        from {{ ref("reconciled_money") }}
        union all
        select
            'published_days' as rule,
            concat_ws('', kpi_id, ' ', cast(as_of_date as string)) as subject,
            cast(cells as decimal(38, 6)) as expected,
            cast(0 as decimal(38, 6)) as found,
            cast(
                case when reason is not null then cells else 0 end as decimal(38, 6)
            ) as explained,
            reason as reasons,
            cast(
                case when reason is null then cells else 0 end as decimal(38, 6)
            ) as difference
        from {{ ref("reconciled_days") }}
    )

select *
from reconciliation

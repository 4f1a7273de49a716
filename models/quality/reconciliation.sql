-- one row per rule and what it was held against
with
    reconciled as (
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
            expected,
            found,
            0 as explained,
            null as reasons,
            difference
        from {{ ref("reconciled_rows") }}
        union all
        select
            'entities_in_core' as rule,
            concat_ws('', feed, ' in ', core_table) as subject,
            expected,
            found,
            explained,
            reasons,
            expected - found - explained as difference
        from {{ ref("reconciled_entities") }}
        union all
        select
            'money_in_core' as rule,
            concat_ws('', ledger, ' ', currency, ' ', measure) as subject,
            cast(expected as decimal(38, 6)) as expected,
            cast(found as decimal(38, 6)) as found,
            cast(explained as decimal(38, 6)) as explained,
            reasons,
            case
                when abs(expected - found - explained) <= rounding
                then 0
                else round(cast(expected - found - explained as decimal(38, 6)), 2)
            end as difference
        from {{ ref("reconciled_money") }}
        union all
        select
            'published_days' as rule,
            concat_ws('', kpi_id, ' ', cast(as_of_date as string)) as subject,
            cells as expected,
            0 as found,
            case when reason is not null then cells else 0 end as explained,
            reason as reasons,
            case when reason is null then cells else 0 end as difference
        from {{ ref("reconciled_days") }}
    ),

    reconciliation as (
        select
            rule,
            subject,
            cast(expected as decimal(38, 6)) as expected,
            cast(found as decimal(38, 6)) as found,
            cast(explained as decimal(38, 6)) as explained,
            reasons,
            cast(difference as decimal(38, 6)) as difference
        from reconciled
    )

select *
from reconciliation

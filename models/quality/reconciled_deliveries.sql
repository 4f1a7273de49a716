-- one row per rule about the counts of deliveries, source and feed
-- long: four rules over one ledger
with
    deliveries as (
        select *
        from {{ source("landing", "deliveries") }}
        where extracted_at is not null
    ),

    set_aside as (
        select batch_id, count(*) as rows_set_aside
        from {{ source("landing", "quarantined_rows") }}
        group by batch_id
    ),

    counted as (
        select
            deliveries.source_system,
            deliveries.feed,
            deliveries.rows_delivered,
            deliveries.rows_accepted,
            deliveries.rows_quarantined,
            deliveries.rows_inserted,
            deliveries.rows_changed,
            deliveries.rows_unchanged,
            deliveries.rows_deleted,
            -- a delivery set aside as a whole keeps its file, not its rows
            case
                when deliveries.status = 'accepted' then deliveries.rows_quarantined
            end as rows_to_list,
            coalesce(set_aside.rows_set_aside, 0) as rows_set_aside,
            row_number() over (
                partition by
                    deliveries.source_system, deliveries.feed, deliveries.status
                order by deliveries.extracted_at desc
            )
            = 1
            and deliveries.status = 'accepted'
            and deliveries.feed
            in ('{{ feeds_of_kind("snapshot") | join("', '") }}') as is_newest_list
        from deliveries
        left join set_aside on set_aside.batch_id = deliveries.batch_id
    ),

    reconciled_deliveries as (
        select
            'rows_delivered' as rule,
            source_system,
            feed,
            sum(rows_delivered) as expected,
            sum(rows_accepted) as found,
            sum(rows_quarantined) as explained,
            concat_ws(
                '', cast(sum(rows_quarantined) as string), ' in quarantine'
            ) as reasons,
            sum(abs(rows_delivered - rows_accepted - rows_quarantined)) as difference
        from counted
        group by source_system, feed
        union all
        select
            'rows_accepted' as rule,
            source_system,
            feed,
            sum(rows_accepted) as expected,
            sum(rows_inserted + rows_changed) as found,
            sum(rows_unchanged) as explained,
            concat_ws('', cast(sum(rows_unchanged) as string), ' unchanged') as reasons,
            sum(
                abs(rows_accepted - rows_inserted - rows_changed - rows_unchanged)
            ) as difference
        from counted
        group by source_system, feed
        union all
        select
            'rows_quarantined' as rule,
            source_system,
            feed,
            sum(coalesce(rows_to_list, 0)) as expected,
            sum(rows_set_aside) as found,
            0 as explained,
            null as reasons,
            sum(abs(coalesce(rows_to_list, 0) - rows_set_aside)) as difference
        from counted
        group by source_system, feed
        union all
        select
            'rows_listed' as rule,
            source_system,
            feed,
            sum(case when is_newest_list then rows_accepted else 0 end) as expected,
            sum(rows_inserted) as found,
            -1 * sum(rows_deleted) as explained,
            concat_ws(
                '', cast(sum(rows_deleted) as string), ' vanished since'
            ) as reasons,
            abs(
                sum(case when is_newest_list then rows_accepted else 0 end)
                - sum(rows_inserted)
                + sum(rows_deleted)
            ) as difference
        from counted
        where feed in ('{{ feeds_of_kind("snapshot") | join("', '") }}')
        group by source_system, feed
    )

select *
from reconciled_deliveries

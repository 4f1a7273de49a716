-- one row per KPI and day whose published numbers are no longer the same
-- long: what changed, and whether something explains it
{% set snapshots = feeds_of_kind("snapshot") | join("', '") %}
with
    results as (select * from {{ ref("kpi_results") }}),

    as_of_dates as (select * from {{ ref("int_calendar__as_of_dates") }}),

    arrivals as (select * from {{ ref("stg_ledger__arrivals") }}),

    runs as (select * from {{ ref("stg_ledger__runs") }}),

    published as (
        select *
        from
            (
                select
                    log.*,
                    row_number() over (
                        partition by kpi_id, as_of_date, dim_type, dim_value
                        order by refresh_id desc
                    ) as from_newest
                from {{ ref("stg_ledger__kpi_result_log") }} as log
            ) as numbered
        where from_newest = 1
    ),

    newest_publication as (select max(refresh_id) as refresh_id from published),

    -- policy, settings and formulas as they were then and as they are now
    rules as (
        select
            max(
                case
                    when runs.refresh_id = newest_publication.refresh_id
                    then runs.rules_fingerprint
                end
            ) as rules_then,
            max(
                case when runs.outcome = 'running' then runs.rules_fingerprint end
            ) as rules_now
        from newest_publication
        left join runs on true
    ),

    -- a slice that is gone has changed too
    changed as (
        select
            published.kpi_id,
            published.as_of_date,
            min(published.refresh_id) as refresh_id,
            count(*) as cells
        from published
        inner join as_of_dates on as_of_dates.as_of_date = published.as_of_date
        left join
            results
            on results.kpi_id = published.kpi_id
            and results.as_of_date = published.as_of_date
            and results.dim_type = published.dim_type
            and results.dim_value = published.dim_value
        where
            (
                results.kpi_id is null
                and (published.dim_type = 'all' or as_of_dates.has_slices)
            )
            or (
                results.kpi_id is not null
                and (
                    results.numerator is distinct from published.numerator
                    or results.denominator is distinct from published.denominator
                    or results.value is distinct from published.value
                    or results.status is distinct from published.status
                )
            )
        group by published.kpi_id, published.as_of_date
    ),

    reads as (
        select kpi_id, feed
        from {{ ref("stg_policy__kpi_needs") }}
        union
        select kpi_id, feed
        from {{ ref("stg_policy__kpi_optional_feeds") }}
    ),

    late as (
        select changed.kpi_id, changed.as_of_date, max(arrivals.delivery) as delivery
        from changed
        inner join reads on reads.kpi_id = changed.kpi_id
        inner join
            arrivals
            on arrivals.feed = reads.feed
            and arrivals.refresh_id > changed.refresh_id
            and (
                arrivals.feed not in ('{{ snapshots }}')
                or cast(arrivals.extracted_at as date) <= changed.as_of_date
            )
        group by changed.kpi_id, changed.as_of_date
    ),

    reconciled_days as (
        select
            changed.kpi_id,
            changed.as_of_date,
            changed.cells,
            case
                when late.delivery is not null
                then concat_ws('', 'late delivery ', late.delivery)
                when rules.rules_then is null or rules.rules_now is null
                then 'what the numbers were made with is not known'
                when rules.rules_then <> rules.rules_now
                then 'policy, settings or formula changed'
            end as reason
        from changed
        cross join rules
        left join
            late
            on late.kpi_id = changed.kpi_id
            and late.as_of_date = changed.as_of_date
    )

select *
from reconciled_days

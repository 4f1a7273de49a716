-- one row per cell whose value is no longer what was first reported
-- long: the difference and the deliveries that may have made it
{% set snapshots = feeds_of_kind("snapshot") | join("', '") %}
with
    results as (select * from {{ ref("kpi_results") }}),

    first_reported as (
        select * from {{ ref("stg_ledger__kpi_result_log") }} where is_first_reported
    ),

    arrivals as (select * from {{ ref("stg_ledger__arrivals") }}),

    reads as (
        select kpi_id, feed
        from {{ ref("stg_policy__kpi_needs") }}
        union
        select kpi_id, feed
        from {{ ref("stg_policy__kpi_optional_feeds") }}
    ),

    restated as (
        select
            results.kpi_id,
            results.as_of_date,
            results.dim_type,
            results.dim_value,
            first_reported.refresh_id as first_refresh_id,
            first_reported.computed_at as first_reported_at,
            first_reported.numerator as first_numerator,
            first_reported.denominator as first_denominator,
            first_reported.value as first_value,
            first_reported.status as first_status,
            results.numerator,
            results.denominator,
            results.value,
            results.status,
            results.value - first_reported.value as value_change
        from results
        inner join
            first_reported
            on first_reported.kpi_id = results.kpi_id
            and first_reported.as_of_date = results.as_of_date
            and first_reported.dim_type = results.dim_type
            and first_reported.dim_value = results.dim_value
        where
            first_reported.numerator is distinct from results.numerator
            or first_reported.denominator is distinct from results.denominator
            or first_reported.value is distinct from results.value
            or first_reported.status is distinct from results.status
    ),

    restated_days as (
        select kpi_id, as_of_date, first_refresh_id
        from restated
        group by kpi_id, as_of_date, first_refresh_id
    ),

    -- a snapshot taken after the day cannot change the day; events and references can
    causes as (
        select
            restated_days.kpi_id,
            restated_days.as_of_date,
            restated_days.first_refresh_id,
            arrivals.delivery,
            row_number() over (
                partition by
                    restated_days.kpi_id,
                    restated_days.as_of_date,
                    restated_days.first_refresh_id
                order by arrivals.extracted_at desc nulls last, arrivals.delivery
            ) as place
        from restated_days
        inner join reads on reads.kpi_id = restated_days.kpi_id
        inner join
            arrivals
            on arrivals.feed = reads.feed
            and arrivals.refresh_id > restated_days.first_refresh_id
            and (
                arrivals.feed not in ('{{ snapshots }}')
                or cast(arrivals.extracted_at as date) <= restated_days.as_of_date
            )
    ),

    told as (
        select
            kpi_id,
            as_of_date,
            first_refresh_id,
            cast(max(place) as bigint) as deliveries,
            {{
                dbt.listagg(
                    "case when place <= 5 then delivery end",
                    "', '",
                    "order by place",
                )
            }} as newest_deliveries
        from causes
        group by kpi_id, as_of_date, first_refresh_id
    ),

    mart_restatements as (
        select
            restated.*,
            case
                when told.kpi_id is null then 'policy or formula' else 'late delivery'
            end as cause,
            coalesce(told.deliveries, 0) as late_deliveries,
            told.newest_deliveries as newest_late_deliveries
        from restated
        left join
            told
            on told.kpi_id = restated.kpi_id
            and told.as_of_date = restated.as_of_date
            and told.first_refresh_id = restated.first_refresh_id
    )

select *
from mart_restatements

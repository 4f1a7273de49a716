-- one row per asset class and span of days with the same median of failures
with
    counted as (
        select
            asset_rows.asset_class,
            asset_failures.failures,
            1 as assets,
            asset_failures.valid_from,
            asset_failures.valid_to
        from {{ ref("int_service_desk__asset_failures") }} as asset_failures
        inner join
            {{ ref("int_assets__rows") }} as asset_rows
            on asset_rows.row_id = asset_failures.asset_row_id
    ),

    as_of_dates as (
        select
            as_of_date,
            coalesce(
                lead(as_of_date) over (order by as_of_date), {{ far_future() }}
            ) as next_date
        from {{ ref("int_calendar__as_of_dates") }}
    ),

    histogram as (
        {{ amounts_as_of("counted", ["asset_class", "failures"], ["assets"]) }}
    ),

    ranked as (
        select
            asset_class,
            as_of_date,
            failures,
            sum(assets) over (
                partition by asset_class, as_of_date
                order by failures
                rows unbounded preceding
            ) as assets_up_to,
            sum(assets) over (partition by asset_class, as_of_date) as all_assets
        from histogram
    ),

    medians as (
        select
            ranked.asset_class,
            min(ranked.failures) as median_failures,
            ranked.as_of_date as valid_from,
            as_of_dates.next_date as valid_to
        from ranked
        inner join as_of_dates on as_of_dates.as_of_date = ranked.as_of_date
        where ranked.assets_up_to * 2 >= ranked.all_assets
        group by ranked.asset_class, ranked.as_of_date, as_of_dates.next_date
    ),

    class_failures as ({{ merge_spans("medians", ["asset_class", "median_failures"]) }})

select *
from class_failures

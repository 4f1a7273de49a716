-- one row per KPI and as-of date
-- long: needed and optional feeds make one verdict
with
    dates as (select * from {{ ref("int_calendar__as_of_dates") }}),

    alive as (select * from {{ ref("int_feeds__alive_spans") }}),

    needs as (select * from {{ ref("stg_policy__kpi_needs") }}),

    optional_feeds as (select * from {{ ref("stg_policy__kpi_optional_feeds") }}),

    needs_by_date as (
        select
            needs.kpi_id,
            dates.as_of_date,
            needs.alternative,
            sum(case when alive.feed is null then 1 else 0 end) as missing_feeds,
            {{
                dbt.listagg(
                    "case when alive.feed is null then needs.feed end",
                    "', '",
                    "order by needs.feed",
                )
            }} as missing
        from needs
        cross join dates
        left join
            alive
            on alive.feed = needs.feed
            and alive.valid_from <= dates.as_of_date
            and alive.valid_to > dates.as_of_date
        group by needs.kpi_id, dates.as_of_date, needs.alternative
    ),

    -- the alternative that lacks least speaks
    nearest_alternative as (
        select *
        from
            (
                select
                    needs_by_date.*,
                    row_number() over (
                        partition by kpi_id, as_of_date
                        order by missing_feeds, alternative
                    ) as place
                from needs_by_date
            ) as ranked
        where place = 1
    ),

    skipped as (
        select
            optional_feeds.kpi_id,
            dates.as_of_date,
            max(
                case when optional_feeds.lowers_confidence then 1 else 0 end
            ) as lowers_confidence,
            {{
                dbt.listagg(
                    "concat_ws('', optional_feeds.feed, ': ', optional_feeds.without_it)",
                    "'; '",
                    "order by optional_feeds.feed",
                )
            }}
            as skipped
        from optional_feeds
        cross join dates
        left join
            alive
            on alive.feed = optional_feeds.feed
            and alive.valid_from <= dates.as_of_date
            and alive.valid_to > dates.as_of_date
        where alive.feed is null and optional_feeds.lowers_confidence
        group by optional_feeds.kpi_id, dates.as_of_date
    ),

    feed_status as (
        select
            nearest_alternative.kpi_id,
            nearest_alternative.as_of_date,
            nearest_alternative.missing_feeds = 0 as is_measurable,
            case
                when nearest_alternative.missing_feeds > 0
                then
                    concat_ws(
                        '',
                        'Not measurable: no current delivery of ',
                        nearest_alternative.missing,
                        '.'
                    )
            end as missing_reason,
            coalesce(skipped.lowers_confidence, 0) = 1 as is_partial,
            concat_ws('', 'Without ', skipped.skipped, '.') as partial_reason
        from nearest_alternative
        left join
            skipped
            on skipped.kpi_id = nearest_alternative.kpi_id
            and skipped.as_of_date = nearest_alternative.as_of_date
    )

select *
from feed_status

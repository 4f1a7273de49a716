-- one row per asset class and age bucket, on the newest as-of date
-- long: what a class has and what it has in each bucket
with
    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    buckets as (
        {% for name in [
            "0-12",
            "13-24",
            "25-36",
            "37-48",
            "49-60",
            "> 60",
            "unknown",
        ] %}
            {{ "union all" if not loop.first }}
            select {{ loop.index }} as bucket_order, '{{ name }}' as age_bucket
        {% endfor %}
    ),

    assets as (
        select
            newest.as_of_date,
            asset_rows.asset_class,
            case
                when ages.start_date <= newest.as_of_date
                then {{ completed_months("ages.start_date", "newest.as_of_date") }}
            end as age_months
        from {{ ref("int_assets__age_spans") }} as ages
        inner join
            newest
            on newest.as_of_date >= ages.valid_from
            and newest.as_of_date < ages.valid_to
        inner join
            {{ ref("int_assets__rows") }} as asset_rows
            on asset_rows.row_id = ages.row_id
    ),

    ranked as (
        select
            as_of_date,
            asset_class,
            cast(age_months as double) as age_months,
            row_number() over (partition by asset_class order by age_months nulls last)
            - 1 as place,
            count(age_months) over (partition by asset_class) - 1 as last_place
        from assets
    ),

    -- a percentile lies between two neighbours, nearer to the one whose place is nearer
    classes as (
        select
            as_of_date,
            asset_class,
            count(*) as class_assets,
            avg(age_months) as class_mean_age_months,
            {%- for name, part in [("median", "0.5"), ("p90", "0.9")] %}
                sum(
                    age_months * greatest(
                        0, 1 - abs(place - {{ part }} * cast(last_place as double))
                    )
                ) as class_{{ name }}_age_months {{ "," if not loop.last }}
            {%- endfor %}
        from ranked
        group by as_of_date, asset_class
    ),

    counted as (
        select
            asset_class,
            case
                when age_months is null
                then 7
                when age_months > 60
                then 6
                when age_months > 48
                then 5
                when age_months > 36
                then 4
                when age_months > 24
                then 3
                when age_months > 12
                then 2
                else 1
            end as bucket_order,
            count(*) as assets
        from assets
        group by 1, 2
    ),

    mart_asset_age as (
        select
            classes.as_of_date,
            classes.asset_class,
            buckets.age_bucket,
            buckets.bucket_order,
            coalesce(counted.assets, 0) as asset_count,
            classes.class_assets as class_asset_count,
            classes.class_mean_age_months,
            classes.class_median_age_months,
            classes.class_p90_age_months
        from classes
        cross join buckets
        left join
            counted
            on counted.asset_class = classes.asset_class
            and counted.bucket_order = buckets.bucket_order
    )

select *
from mart_asset_age

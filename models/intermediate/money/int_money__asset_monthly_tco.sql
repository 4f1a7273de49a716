-- one row per asset of the living estate and span of as-of dates with one cost per
-- month
with
    assets as (
        select * from {{ ref("int_money__asset_tco") }} where population = 'living'
    ),

    as_of_dates as (
        select
            as_of_date,
            coalesce(
                lead(as_of_date) over (order by as_of_date), {{ far_future() }}
            ) as next_date
        from {{ ref("int_calendar__as_of_dates") }}
    ),

    start_dates as (
        select start_date from assets where start_date is not null group by start_date
    ),

    -- the as-of dates on which whatever started on a day has one age
    ages as (
        select
            start_date,
            age_months,
            min(as_of_date) as valid_from,
            max(next_date) as valid_to
        from
            (
                select
                    start_dates.start_date,
                    greatest(
                        1,
                        {{
                            completed_months(
                                "start_dates.start_date", "as_of_dates.as_of_date"
                            )
                        }}
                    ) as age_months,
                    as_of_dates.as_of_date,
                    as_of_dates.next_date
                from start_dates
                cross join as_of_dates
            ) as aged
        group by start_date, age_months
    ),

    asset_monthly_tco as (
        select
            assets.asset_key,
            assets.row_id,
            {%- for dimension in asset_dimensions() %}
                assets.{{ dimension }},
            {%- endfor %}
            ages.age_months,
            assets.useful_life_months,
            case
                when assets.useful_life_months >= ages.age_months
                then
                    {{
                        exact_quotient(
                            "assets.acquisition_amount", "assets.useful_life_months"
                        )
                    }}
                    + {{
                        exact_quotient(
                            "assets.total_amount - assets.acquisition_amount",
                            "ages.age_months",
                        )
                    }}
                else {{ exact_quotient("assets.total_amount", "ages.age_months") }}
            end as monthly_amount,
            greatest(assets.valid_from, ages.valid_from) as valid_from,
            least(assets.valid_to, ages.valid_to) as valid_to
        from assets
        inner join
            ages
            on ages.start_date = assets.start_date
            and ages.valid_from < assets.valid_to
            and ages.valid_to > assets.valid_from
        where assets.has_acquisition
    )

select *
from asset_monthly_tco

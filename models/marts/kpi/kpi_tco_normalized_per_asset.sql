-- one row per as-of date and slice
-- long: the age of an asset moves with the calendar
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

    measured as (
        select
            assets.*,
            ages.age_months,
            assets.total_amount - assets.acquisition_amount as running_amount,
            greatest(assets.valid_from, ages.valid_from) as seen_from,
            least(assets.valid_to, ages.valid_to) as seen_to
        from assets
        inner join
            ages
            on ages.start_date = assets.start_date
            and ages.valid_from < assets.valid_to
            and ages.valid_to > assets.valid_from
        where assets.has_acquisition
    ),

    members as (
        select
            seen_from as valid_from,
            seen_to as valid_to,
            case
                when useful_life_months >= age_months
                then
                    {{ exact_quotient("acquisition_amount", "useful_life_months") }}
                    + {{ exact_quotient("running_amount", "age_months") }}
                else
                    {{
                        exact_quotient(
                            "acquisition_amount + running_amount", "age_months"
                        )
                    }}
            end as numerator,
            1 as denominator,
            1 as covered,
            1 as population,
            {{ asset_dimensions() | join(", ") }}
        from measured
        union all
        select
            valid_from,
            valid_to,
            0 as numerator,
            0 as denominator,
            0 as covered,
            1 as population,
            {{ asset_dimensions() | join(", ") }}
        from assets
        where start_date is null or not has_acquisition
    ),

    cells as (
        {{
            kpi_cells(
                "members",
                kpi_id="tco_normalized_per_asset",
                dimensions=asset_dimensions(),
            )
        }}
    )

select *
from cells

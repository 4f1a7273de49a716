-- one row per asset class and as-of date with assets bought in the calendar year before
with
    assets as (
        select
            asset_class,
            cast(extract(year from start_date) as integer) as start_year,
            total_amount,
            1 as assets,
            valid_from,
            valid_to
        from {{ ref("int_money__asset_tco") }}
        where population = 'living' and has_acquisition and start_date is not null
    ),

    earlier_dates as (
        select *
        from {{ ref("int_kpi__earlier_dates") }}
        where window_kind = 't12m' and not is_sliced
    ),

    sums as (
        {{
            amounts_as_of(
                "assets",
                keys=["asset_class", "start_year"],
                amounts=["total_amount", "assets"],
            )
        }}
    ),

    means as (
        select
            asset_class,
            start_year,
            as_of_date,
            assets,
            {{ exact_quotient("total_amount", "assets") }} as mean_amount
        from sums
        where assets > 0
    ),

    -- a year earlier the cohort before was as old as this one is now
    cohorts as (
        select
            this_cohort.asset_class,
            this_cohort.as_of_date,
            this_cohort.start_year,
            this_cohort.assets,
            this_cohort.mean_amount,
            previous_cohort.assets as previous_assets,
            previous_cohort.mean_amount as previous_mean_amount
        from means as this_cohort
        inner join earlier_dates on earlier_dates.as_of_date = this_cohort.as_of_date
        left join
            means as previous_cohort
            on previous_cohort.as_of_date = earlier_dates.previous_date
            and previous_cohort.asset_class = this_cohort.asset_class
            and previous_cohort.start_year = this_cohort.start_year - 1
        where this_cohort.start_year = extract(year from this_cohort.as_of_date) - 1
    )

select *
from cohorts

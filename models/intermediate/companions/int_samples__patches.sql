-- one row per slice, days to install and whether it is still open, on the newest
-- as-of date
with
    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    pairs as (
        select *
        from {{ ref("int_patch__applicable_spans") }}
        where state in ('missing', 'failed', 'installed')
    ),

    population as (select * from {{ ref("int_patch__population_spans") }}),

    pair_dates as (select * from {{ ref("int_patch__pair_dates") }}),

    -- from the release, or the day it first applied to the device, to its installation
    timed as (
        select
            newest.as_of_date,
            pairs.severity,
            pairs.state <> 'installed' as is_censored,
            greatest(
                cast(pairs.released_at as date),
                coalesce(
                    cast(pairs.first_applicable_at as date), pair_dates.listed_date
                )
            ) as started_date,
            case
                when pairs.state = 'installed'
                then
                    coalesce(
                        cast(pairs.installed_at as date), pair_dates.installed_date
                    )
                else newest.as_of_date
            end as ended_date
        from pairs
        inner join
            newest
            on newest.as_of_date >= pairs.valid_from
            and newest.as_of_date < pairs.valid_to
        inner join
            population
            on population.device_key = pairs.device_key
            and population.valid_from <= newest.as_of_date
            and population.valid_to > newest.as_of_date
        inner join
            pair_dates
            on pair_dates.device_key = pairs.device_key
            and pair_dates.patch_id = pairs.patch_id
    ),

    measured as (
        select
            as_of_date,
            severity,
            is_censored,
            greatest(0, {{ dbt.datediff("started_date", "ended_date", "day") }}) as days
        from timed
    ),

    int_samples__patches as (
        select
            'patch_instance_compliance_rate' as kpi_id,
            as_of_date,
            case when grouping(severity) = 0 then 'severity' else 'all' end as dim_type,
            case when grouping(severity) = 0 then severity else 'all' end as dim_value,
            'time_to_patch' as sample,
            'days' as unit,
            cast(days as double) as value,
            is_censored,
            count(*) as weight
        from measured
        group by
            grouping sets (
                (as_of_date, is_censored, days),
                (as_of_date, is_censored, days, severity)
            )
    )

select *
from int_samples__patches

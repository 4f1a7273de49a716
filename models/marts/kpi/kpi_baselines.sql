-- one row per KPI and as-of date from its first daily value on
-- long: which days, which of them count, what they come to and what to aim at
with
    measures as (select * from {{ ref("kpi_measures") }} where dim_type = 'all'),

    first_reported as (
        select *
        from {{ ref("stg_ledger__kpi_result_log") }}
        where dim_type = 'all' and is_first_reported
    ),

    catalog as (select * from {{ ref("stg_policy__kpi_definitions") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    policy_targets as (
        select *
        from {{ ref("int_kpi__policy_targets") }}
        where slice = '' and period = ''
    ),

    -- what was first reported never moves; days not yet reported stand as now known
    known as (
        select kpi_id, as_of_date, value, status
        from first_reported
        union all
        select measures.kpi_id, measures.as_of_date, measures.value, measures.status
        from measures
        left join
            first_reported
            on first_reported.kpi_id = measures.kpi_id
            and first_reported.as_of_date = measures.as_of_date
        where first_reported.kpi_id is null
    ),

    -- a daily value has the day before or the day after beside it; a month end stands
    -- alone
    neighbours as (
        select
            known.*,
            lag(as_of_date) over (partition by kpi_id order by as_of_date)
            = {{ add_days("as_of_date", -1) }} as has_day_before,
            lead(as_of_date) over (partition by kpi_id order by as_of_date)
            = {{ add_days("as_of_date", 1) }} as has_day_after
        from known
    ),

    valid_days as (
        select kpi_id, as_of_date as valid_date, value
        from neighbours
        where
            status = 'ok'
            and (coalesce(has_day_before, false) or coalesce(has_day_after, false))
    ),

    starts as (
        select kpi_id, min(valid_date) as start_date from valid_days group by kpi_id
    ),

    measured as (
        select
            measures.kpi_id,
            measures.as_of_date,
            starts.start_date,
            count(*) as valid_days,
            {{ percentile("valid_days.value", 0.5) }} as median_value,
            {{ percentile("valid_days.value", 0.1) }} as p10_value,
            {{ percentile("valid_days.value", 0.9) }} as p90_value
        from measures
        cross join policy
        inner join
            starts
            on starts.kpi_id = measures.kpi_id
            and starts.start_date <= measures.as_of_date
        inner join
            valid_days
            on valid_days.kpi_id = measures.kpi_id
            and valid_days.valid_date <= measures.as_of_date
            and valid_days.valid_date
            < {{ add_days("starts.start_date", "policy.baseline_days") }}
        group by measures.kpi_id, measures.as_of_date, starts.start_date
    ),

    baselined as (
        select
            measured.*,
            catalog.direction,
            cast(policy_targets.target as double) as policy_target,
            policy.baseline_gap_step,
            measured.valid_days >= policy.baseline_min_valid_days as is_baselined
        from measured
        cross join policy
        inner join catalog on catalog.kpi_id = measured.kpi_id
        left join policy_targets on policy_targets.kpi_id = measured.kpi_id
    ),

    stepped as (
        select
            baselined.*,
            case
                when is_baselined and direction in ('up', 'down')
                then
                    median_value
                    + cast(baseline_gap_step as double) * (policy_target - median_value)
            end as next_step_target
        from baselined
    ),

    kpi_baselines as (
        select
            kpi_id,
            as_of_date,
            start_date,
            valid_days,
            case when is_baselined then median_value end as baseline_value,
            case when is_baselined then p10_value end as p10_value,
            case when is_baselined then p90_value end as p90_value,
            policy_target,
            next_step_target,
            case
                direction
                when 'up'
                then greatest(policy_target, next_step_target)
                when 'down'
                then least(policy_target, next_step_target)
            end as suggested_target
        from stepped
    )

select *
from kpi_baselines

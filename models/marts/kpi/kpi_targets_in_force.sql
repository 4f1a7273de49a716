-- one row per KPI, as-of date and slice with a target or a direction
with
    measures as (
        select kpi_id, as_of_date, dim_type, dim_value from {{ ref("kpi_measures") }}
    ),

    policy_targets as (
        select * from {{ ref("int_kpi__policy_targets") }} where target is not null
    ),

    baselines as (select *, 'all' as dim_type from {{ ref("kpi_baselines") }}),

    catalog as (select * from {{ ref("stg_policy__kpi_definitions") }}),

    -- the slice's own target before the KPI's, a shorter period before a longer one
    ranked as (
        select
            measures.*,
            policy_targets.target,
            policy_targets.target_state,
            row_number() over (
                partition by
                    measures.kpi_id,
                    measures.as_of_date,
                    measures.dim_type,
                    measures.dim_value
                order by
                    length(policy_targets.slice) desc nulls last,
                    length(policy_targets.period) desc nulls last
            ) as place
        from measures
        left join
            policy_targets
            on policy_targets.kpi_id = measures.kpi_id
            and policy_targets.slice
            in ('', concat_ws('', measures.dim_type, '=', measures.dim_value))
            and substr(
                cast(measures.as_of_date as string), 1, length(policy_targets.period)
            )
            = policy_targets.period
    ),

    -- without a number a KPI with a direction is held against its own baseline
    targets_in_force as (
        select
            ranked.kpi_id,
            ranked.as_of_date,
            ranked.dim_type,
            ranked.dim_value,
            coalesce(cast(ranked.target as double), baselines.baseline_value) as target,
            case
                when ranked.target is not null
                then ranked.target_state
                when baselines.baseline_value is not null
                then 'baseline'
                else 'baselining'
            end as target_state
        from ranked
        inner join catalog on catalog.kpi_id = ranked.kpi_id
        left join
            baselines
            on baselines.kpi_id = ranked.kpi_id
            and baselines.as_of_date = ranked.as_of_date
            and baselines.dim_type = ranked.dim_type
        where ranked.place = 1 and catalog.direction <> ''
    )

select *
from targets_in_force

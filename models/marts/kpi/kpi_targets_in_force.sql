-- one row per KPI, as-of date and slice with a target or a direction
with
    measures as (
        select kpi_id, as_of_date, dim_type, dim_value from {{ ref("kpi_measures") }}
    ),

    policy_targets as (select * from {{ ref("stg_policy__kpi_targets") }}),

    catalog as (select * from {{ ref("stg_policy__kpi_definitions") }}),

    -- the slice's own target before the KPI's, a shorter period before a longer one
    ranked as (
        select
            measures.*,
            policy_targets.target,
            policy_targets.source as target_source,
            row_number() over (
                partition by
                    measures.kpi_id,
                    measures.as_of_date,
                    measures.dim_type,
                    measures.dim_value
                order by
                    length(coalesce(policy_targets.slice, '')) desc,
                    length(coalesce(policy_targets.period, '')) desc,
                    policy_targets.precedence
            ) as place
        from measures
        left join
            policy_targets
            on policy_targets.kpi_id = measures.kpi_id
            and coalesce(policy_targets.slice, '')
            in ('', concat(measures.dim_type, '=', measures.dim_value))
            and substr(
                cast(measures.as_of_date as varchar),
                1,
                length(coalesce(policy_targets.period, ''))
            )
            = coalesce(policy_targets.period, '')
    ),

    targets_in_force as (
        select
            ranked.kpi_id,
            ranked.as_of_date,
            ranked.dim_type,
            ranked.dim_value,
            ranked.target,
            case
                when ranked.target is null
                then 'baselining'
                when lower(ranked.target_source) like 'guide%'
                then 'guide'
                when lower(ranked.target_source) like 'profile%'
                then 'profile'
                when lower(ranked.target_source) like 'baseline%'
                then 'baseline'
                else 'proposed'
            end as target_state
        from ranked
        inner join catalog on catalog.kpi_id = ranked.kpi_id
        where ranked.place = 1 and catalog.direction <> ''
    )

select *
from targets_in_force

-- one row per KPI, slice, period and origin of a target
with
    policy_targets as (select * from {{ ref("stg_policy__kpi_targets") }}),

    profiles as (select * from {{ ref("stg_policy__profiles") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    -- the organisation's own rows win over its profile, the profile over the project
    candidates as (
        select
            kpi_id,
            coalesce(slice, '') as slice,
            coalesce(period, '') as period,
            target,
            source,
            case when precedence = 0 then 1 else 3 end as place
        from policy_targets
        union all
        select
            profiles.kpi_id,
            '' as slice,
            '' as period,
            profiles.target,
            concat_ws(
                '', 'profile ', profiles.profile, ': ', profiles.reason
            ) as source,
            2 as place
        from profiles
        cross join policy
        where
            profiles.profile = policy.profile
            and coalesce(profiles.companion, '') = ''
            and profiles.target is not null
    ),

    policy_targets_in_order as (
        select
            kpi_id,
            slice,
            period,
            target,
            source,
            case
                when target is null
                then null
                when lower(source) like 'guide%'
                then 'guide'
                when lower(source) like 'profile%'
                then 'profile'
                when lower(source) like 'baseline%'
                then 'baseline'
                else 'proposed'
            end as target_state,
            row_number() over (
                partition by kpi_id, slice, period order by place
            ) as choice
        from candidates
    )

select kpi_id, slice, period, target, source, target_state
from policy_targets_in_order
where choice = 1

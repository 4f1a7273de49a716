-- one row per device, critical patch and span of days on which its deadline lies in
-- the window
-- long: first deliveries come from the log, deadlines from the state
with
    applicable as (
        select pairs.*
        from {{ ref("int_patch__applicable_spans") }} as pairs
        where severity = 'critical' and state in ('missing', 'installed', 'failed')
    ),

    device_ids as (select * from {{ ref("int_devices__ids") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    critical_patches as (select patch_id from applicable group by patch_id),

    -- the log, not the state: the first delivery of a pair by an agent, and the first
    -- that shows it installed
    deliveries as (
        select
            statuses.row_id,
            statuses.source_system,
            statuses.device_id,
            statuses.patch_id,
            statuses.state,
            statuses.extracted_at
        from {{ ref("stg_patch__patch_status") }} as statuses
        inner join critical_patches on critical_patches.patch_id = statuses.patch_id
    ),

    ranked as (
        select
            deliveries.*,
            'delivered' as event,
            row_number() over (
                partition by source_system, device_id, patch_id order by extracted_at
            ) as place
        from deliveries
        union all
        select
            deliveries.*,
            'installed' as event,
            row_number() over (
                partition by source_system, device_id, patch_id order by extracted_at
            ) as place
        from deliveries
        where state = 'installed'
    ),

    by_agent as (
        select
            device_ids.device_key,
            ranked.patch_id,
            ranked.event,
            ranked.row_id,
            ranked.extracted_at,
            concat_ws('', ranked.source_system, '|', ranked.device_id) as agent,
            greatest(
                device_ids.valid_from, cast(ranked.extracted_at as date)
            ) as valid_from,
            device_ids.valid_to
        from ranked
        inner join
            device_ids
            on device_ids.ref_id = ranked.device_id
            and (device_ids.source_system = ranked.source_system or device_ids.is_sole)
        where ranked.place = 1
    ),

    -- the earliest of the agents that speak for the device on a day
    earliest as (
        {{
            pick_best(
                "by_agent",
                keys=["device_key", "patch_id", "event"],
                owner="agent",
                order_by="rivals.extracted_at, rivals.agent",
            )
        }}
    ),

    firsts as (
        select
            earliest.device_key,
            earliest.patch_id,
            earliest.event,
            deliveries.extracted_at as first_at,
            earliest.valid_from,
            earliest.valid_to
        from earliest
        inner join deliveries on deliveries.row_id = earliest.row_id
    ),

    due as (
        select
            applicable.device_key,
            applicable.patch_id,
            applicable.state,
            applicable.installed_at,
            applicable.deadline_hours,
            greatest(
                applicable.released_at,
                coalesce(applicable.first_applicable_at, firsts.first_at)
            ) as starts_at,
            greatest(applicable.valid_from, firsts.valid_from) as valid_from,
            least(applicable.valid_to, firsts.valid_to) as valid_to
        from applicable
        inner join
            firsts
            on firsts.device_key = applicable.device_key
            and firsts.patch_id = applicable.patch_id
            and firsts.event = 'delivered'
            and firsts.valid_from < applicable.valid_to
            and firsts.valid_to > applicable.valid_from
    ),

    timed as (
        select
            due.device_key,
            due.patch_id,
            due.state,
            due.starts_at,
            {{ dbt.dateadd("hour", "due.deadline_hours", "due.starts_at") }}
            as deadline_at,
            coalesce(due.installed_at, firsts.first_at) as installed_at,
            greatest(
                due.valid_from, coalesce(firsts.valid_from, due.valid_from)
            ) as valid_from,
            least(due.valid_to, coalesce(firsts.valid_to, due.valid_to)) as valid_to
        from due
        left join
            firsts
            on firsts.device_key = due.device_key
            and firsts.patch_id = due.patch_id
            and firsts.event = due.state  -- of the states, only installed is an event
            and firsts.valid_from < due.valid_to
            and firsts.valid_to > due.valid_from
    ),

    critical_deadlines as (
        select
            timed.device_key,
            timed.patch_id,
            timed.starts_at,
            timed.deadline_at,
            timed.installed_at,
            timed.state,
            case
                when
                    timed.state = 'installed'
                    and timed.installed_at <= timed.deadline_at
                then 1
                else 0
            end as on_time,
            greatest(timed.valid_from, cast(timed.deadline_at as date)) as valid_from,
            least(
                timed.valid_to,
                {{
                    add_days(
                        "cast(timed.deadline_at as date)",
                        "policy.discovery_window_days",
                    )
                }}
            ) as valid_to
        from timed
        cross join policy
    )

select *
from critical_deadlines
where valid_from < valid_to

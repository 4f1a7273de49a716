-- one row per device, critical patch and span of days on which its deadline lies in
-- long: first deliveries come from the log, deadlines from the state
-- the window
with
    applicable as (
        select pairs.*
        from {{ ref("int_patch__applicable_spans") }} as pairs
        where severity = 'critical' and state in ('missing', 'installed', 'failed')
    ),

    device_ids as (select * from {{ ref("int_devices__ids") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    critical_pairs as (
        select device_key, patch_id from applicable group by device_key, patch_id
    ),

    agents as (
        select device_key, ref_id as device_id, source_system, is_sole
        from device_ids
        group by device_key, ref_id, source_system, is_sole
    ),

    -- the log, not the state: the first delivery of a pair, and the first that shows
    -- it installed
    first_deliveries as (
        select
            critical_pairs.device_key,
            critical_pairs.patch_id,
            min(log.extracted_at) as first_at,
            min(
                case when log.state = 'installed' then log.extracted_at end
            ) as first_installed_at
        from critical_pairs
        inner join agents on agents.device_key = critical_pairs.device_key
        inner join
            {{ ref("stg_patch__patch_status") }} as log
            on log.device_id = agents.device_id
            and log.patch_id = critical_pairs.patch_id
            and (log.source_system = agents.source_system or agents.is_sole)
        group by critical_pairs.device_key, critical_pairs.patch_id
    ),

    timed as (
        select
            applicable.device_key,
            applicable.patch_id,
            applicable.state,
            coalesce(
                applicable.installed_at, first_deliveries.first_installed_at
            ) as installed_at,
            {{
                dbt.dateadd(
                    "hour",
                    "applicable.deadline_hours",
                    "greatest(applicable.released_at, coalesce(applicable.first_applicable_at, first_deliveries.first_at))",
                )
            }}
            as deadline_at,
            applicable.valid_from,
            applicable.valid_to
        from applicable
        inner join
            first_deliveries
            on first_deliveries.device_key = applicable.device_key
            and first_deliveries.patch_id = applicable.patch_id
    ),

    critical_deadlines as (
        select
            timed.device_key,
            timed.patch_id,
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

-- one row per open incident and affected CI, on the newest as-of date
-- long: the incident, and what is known of the asset behind it
with
    calendar as (
        select
            max(date_day) as last_day, {{ add_days("max(date_day)", 1) }} as day_after
        from {{ ref("int_calendar__days") }}
    ),

    open_incidents as (
        select *
        from {{ ref("fct_incidents") }}
        where record_type = 'incident' and status = 'open'
    ),

    assets as (select * from {{ ref("dim_asset") }}),

    open_downtimes as (
        select asset_key, began_at from {{ ref("fct_downtime") }} where is_open
    ),

    asset_failures as (
        select asset_failures.asset_key, asset_failures.failures
        from {{ ref("int_service_desk__asset_failures") }} as asset_failures
        inner join
            calendar
            on asset_failures.valid_from <= calendar.last_day
            and asset_failures.valid_to > calendar.last_day
    ),

    often_failing as (
        select exceptions.entity_id as asset_key
        from {{ ref("int_exceptions__operations") }} as exceptions
        inner join
            calendar
            on exceptions.valid_from <= calendar.last_day
            and exceptions.valid_to > calendar.last_day
        where exceptions.reason_code = 'fails_often'
    ),

    mart_incident_queue as (
        select
            open_incidents.incident_ci_key,
            calendar.last_day as as_of_date,
            cast(
                row_number() over (
                    order by
                        open_downtimes.asset_key is null,
                        open_incidents.priority nulls last,
                        open_incidents.affected_users desc,
                        open_incidents.opened_at,
                        open_incidents.incident_ci_key
                ) as bigint
            ) as queue_position,
            open_incidents.source_system,
            open_incidents.incident_id,
            open_incidents.ci_id,
            open_incidents.parent_incident_id,
            open_incidents.priority,
            open_incidents.category,
            open_incidents.is_asset_failure,

            open_incidents.opened_at,
            cast(
                {{
                    dbt.datediff(
                        "open_incidents.opened_at", "calendar.day_after", "second"
                    )
                }} / 3600.0 as decimal(18, 2)
            ) as age_hours,
            open_incidents.affected_users,
            open_incidents.reopen_count,

            -- the asset behind it
            open_incidents.asset_key,
            assets.asset_class,
            assets.model,
            assets.department,
            assets.cost_center,
            assets.location,
            open_downtimes.asset_key is not null as is_asset_down,
            open_downtimes.began_at as down_since,
            case
                when open_incidents.asset_key is not null
                then coalesce(asset_failures.failures, 0)
            end as asset_failures_12_months,
            often_failing.asset_key is not null as fails_often
        from open_incidents
        cross join calendar
        left join assets on assets.asset_key = open_incidents.asset_key
        left join open_downtimes on open_downtimes.asset_key = open_incidents.asset_key
        left join asset_failures on asset_failures.asset_key = open_incidents.asset_key
        left join often_failing on often_failing.asset_key = open_incidents.asset_key
    )

select *
from mart_incident_queue

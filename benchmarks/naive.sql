-- Six KPIs for one day ($as_of), as one would write them by hand on the raw tables: no identity over time, no slices.
-- A yardstick for the time of the build, not for its numbers. DuckDB and PostgreSQL run the same text.
with
assets as (
    select *
    from (
        select *, row_number() over (partition by source_system, row_key order by extracted_at desc) as n
        from raw.hardware_asset
        where extracted_at < cast($as_of as date) + 1
    ) as versions
    where n = 1 and change_type = 'upsert' and is_deleted is distinct from 'true'
),
classes as (
    select a.raw_class, p.* from seeds.class_alias as a join seeds.class_policy as p using (asset_class)
    union all
    select p.asset_class as raw_class, p.* from seeds.class_policy as p
),
statuses as (
    select lower(raw_status) as raw_status, min(canonical_status) as canonical_status
    from seeds.status_map
    group by 1
),
register as (
    select
        a.*,
        regexp_replace(upper(a.serial_number), '[^A-Z0-9]', '', 'g') as serial,
        lower(split_part(a.hostname, '.', 1)) as host,
        c.asset_class as class,
        c.in_scope = 'true' as in_scope,
        c.activity_observable = 'true' as observable,
        cast(c.staleness_days as integer) as staleness,
        s.canonical_status as state
    from assets as a
    left join classes as c on replace(lower(trim(a.asset_class)), ' ', '_') = c.raw_class
    left join statuses as s on lower(a.status) = s.raw_status
),
sightings as (
    select *
    from (
        select *, row_number() over (partition by source_system, row_key order by extracted_at desc) as n
        from raw.device_discovery_sightings
        where extracted_at < cast($as_of as date) + 1
    ) as versions
    where n = 1 and change_type = 'upsert'
),
discovered as (
    select *
    from (
        select *, row_number() over (partition by source_system, row_key order by extracted_at desc) as n
        from raw.device_discovery
        where extracted_at < cast($as_of as date) + 1
    ) as versions
    where n = 1 and change_type = 'upsert'
),
devices as (
    select
        d.source_system,
        d.device_id,
        d.network_zone,
        d.is_virtual,
        regexp_replace(upper(d.serial_number), '[^A-Z0-9]', '', 'g') as serial,
        lower(split_part(d.hostname, '.', 1)) as host,
        cast(s.last_seen_at as timestamp) as last_seen,
        cast(s.last_user_activity_at as timestamp) as last_used
    from discovered as d
    join sightings as s using (source_system, row_key)
),
by_serial as (
    select serial, max(last_seen) as last_seen, max(last_used) as last_used
    from devices where length(serial) >= 4 group by serial
),
by_host as (
    select host, max(last_seen) as last_seen, max(last_used) as last_used from devices where host <> '' group by host
),
seen as (
    select r.*, coalesce(s.last_seen, h.last_seen) as last_seen, coalesce(s.last_used, h.last_used) as last_used
    from register as r
    left join by_serial as s on r.serial = s.serial
    left join by_host as h on r.host = h.host
),
estate as (
    select * from seen
    where in_scope and state in ('received', 'in_stock', 'deployed', 'in_repair', 'missing')
        and ownership is distinct from 'byod'
),
employed as (
    select distinct person_id
    from (
        select *, row_number() over (partition by source_system, row_key order by extracted_at desc) as n
        from raw.person where extracted_at < cast($as_of as date) + 1
    ) as versions
    where n = 1 and change_type = 'upsert'
        and coalesce(cast(coalesce(last_day_of_work, termination_date) as date), date '9999-12-31') >= cast($as_of as date)
),
doubles as (
    select serial from register where length(serial) >= 4 group by serial having count(*) > 1
),
pairs as (
    select *
    from (
        select *, row_number() over (partition by source_system, row_key order by extracted_at desc) as n
        from raw.patch_status where extracted_at < cast($as_of as date) + 1
    ) as versions
    where n = 1 and change_type = 'upsert' and state <> 'not_applicable'
),
catalog as (
    select *
    from (
        select *, row_number() over (partition by patch_id order by extracted_at desc) as n
        from raw.patch_catalog where extracted_at < cast($as_of as date) + 1
    ) as versions
    where n = 1 and change_type = 'upsert' and superseded_by is null and is_expired is distinct from 'true'
),
patched as (
    select p.source_system, p.device_id, bool_and(p.state = 'installed') as ok
    from pairs as p
    join catalog as c using (patch_id)
    join seeds.sla_policy as l on l.severity = c.severity
    where cast(c.released_at as timestamp) + cast(l.deadline_hours as integer) * interval '1 hour' < cast($as_of as date) + 1
    group by p.source_system, p.device_id
)
select 'deployment_rate' as kpi, count(*) filter (where state = 'deployed') * 1.0 / count(*) as value
from estate where state in ('deployed', 'in_stock', 'in_repair')
union all
select 'asset_utilization_rate', count(*) filter (where last_used >= cast($as_of as date) - 29) * 1.0 / count(last_used)
from estate where state = 'deployed' and observable
union all
select 'agent_coverage_rate', count(*) filter (where last_seen >= cast($as_of as date) - 29) * 1.0 / count(*)
from estate where state = 'deployed' and observable
union all
select 'asset_discovery_rate', count(r.serial) * 1.0 / count(*)
from (select distinct serial, host from devices where last_seen >= cast($as_of as date) - 29
      and network_zone is distinct from 'guest' and is_virtual is distinct from 'true') as d
left join (select distinct serial from register) as r on r.serial = d.serial
union all
select 'inventory_accuracy_rate', count(*) filter (
    where asset_tag is not null and model is not null and location is not null and purchase_date is not null
    and purchase_cost is not null and (assigned_person_id is not null or stockroom is not null)
    and doubles.serial is null
    and greatest(last_seen, cast(last_changed_at as timestamp)) >= cast($as_of as date) - staleness
    and (assigned_person_id is null or employed.person_id is not null)) * 1.0 / count(*)
from estate left join doubles using (serial) left join employed on employed.person_id = estate.assigned_person_id
union all
select 'patch_compliance_rate', count(*) filter (where ok) * 1.0 / count(*) from patched

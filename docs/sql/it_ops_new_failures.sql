-- What has begun to fail since the last refresh, worst first?
select
    exceptions.severity,
    catalog.name,
    exceptions.entity_type,
    exceptions.entity_id,
    exceptions.reason,
    exceptions.suggested_action,
    exceptions.department,
    exceptions.location,
    exceptions.first_seen_date
from marts.kpi_exceptions as exceptions
inner join marts.kpi_catalog as catalog on catalog.kpi_id = exceptions.kpi_id
where exceptions.change = 'new' and exceptions.owner_role = 'it_ops'
order by
    case
        exceptions.severity
        when 'critical'
        then 1
        when 'high'
        then 2
        when 'medium'
        then 3
        else 4
    end,
    catalog.name,
    exceptions.entity_id

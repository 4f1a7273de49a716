-- What was checked before these numbers were published, and was anything overridden?
select
    log.check_id,
    log.severity,
    log.outcome,
    count(*) as checks,
    max(log.observed) as observed,
    max(log.expected) as expected,
    max(log.overridden_by) as overridden_by,
    max(log.override_reason) as override_reason
from marts.quality_gate_log as log
where log.refresh_id = (select max(refresh_id) from marts.quality_gate_log)
group by log.check_id, log.severity, log.outcome
order by
    case log.outcome when 'failed' then 1 when 'overridden' then 2 else 3 end,
    log.check_id

-- Which audits left findings open, and what do they expose us to?
select
    audits.audit_type,
    audits.scope,
    audits.status,
    audits.closed_date,
    audits.critical_findings,
    audits.major_findings,
    audits.minor_findings,
    audits.open_findings,
    audits.settlement_amount,
    audits.settlement_currency
from marts.fct_audits as audits
where audits.open_findings > 0
order by audits.open_findings desc, audits.closed_date desc nulls last

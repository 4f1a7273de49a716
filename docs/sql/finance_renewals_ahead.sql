-- Which renewals must be decided within 180 days, and which has nobody reviewed?
with today as (select max(as_of_date) as as_of_date from marts.kpi_results)

select
    renewals.supplier,
    renewals.contract_id,
    renewals.contract_type,
    renewals.decision_deadline_date,
    renewals.decision_deadline_date - today.as_of_date as days_left,
    renewals.term_end_date,
    renewals.annual_value,
    renewals.currency,
    renewals.is_auto_renewed,
    renewals.is_reviewed
from marts.fct_renewals as renewals
cross join today
where
    renewals.decision_deadline_date between today.as_of_date and today.as_of_date + 180
order by renewals.decision_deadline_date, renewals.contract_id

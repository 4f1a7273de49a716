-- Which leavers still hold equipment, since when, and what is it?
with today as (select max(as_of_date) as as_of_date from marts.kpi_results)

select
    recovery.person_key,
    recovery.asset_key,
    recovery.asset_class,
    recovery.department,
    recovery.location,
    recovery.trigger_date,
    recovery.due_date,
    today.as_of_date - recovery.due_date as days_overdue
from marts.fct_recovery as recovery
cross join today
where recovery.returned_date is null and recovery.due_date < today.as_of_date
order by days_overdue desc, recovery.asset_key

-- Which leavers kept equipment beyond its due date, and which still have it?
with today as (select max(as_of_date) as as_of_date from marts.kpi_results)

select
    recovery.person_key,
    recovery.asset_key,
    recovery.asset_class,
    recovery.department,
    recovery.location,
    recovery.trigger_date,
    recovery.due_date,
    recovery.returned_date,
    coalesce(recovery.returned_date, today.as_of_date)
    - recovery.due_date as days_overdue
from marts.fct_recovery as recovery
cross join today
where
    recovery.due_date < today.as_of_date
    and coalesce(recovery.returned_date, today.as_of_date) > recovery.due_date
order by recovery.returned_date nulls first, days_overdue desc, recovery.asset_key

-- What equipment did leavers owe us in twelve months, and has it come back in time?
with today as (select max(as_of_date) as as_of_date from marts.kpi_results)

select
    recovery.person_key,
    recovery.asset_key,
    recovery.asset_class,
    recovery.department,
    recovery.location,
    recovery.due_date,
    recovery.returned_date,
    case
        when recovery.returned_date <= recovery.due_date
        then 'in time'
        when recovery.returned_date is not null
        then 'late'
        when recovery.due_date < today.as_of_date
        then 'overdue'
        else 'not due yet'
    end as outcome
from marts.fct_recovery as recovery
cross join today
where recovery.due_date > today.as_of_date - interval 12 months
order by recovery.returned_date nulls first, recovery.due_date, recovery.asset_key

-- Which devices have critical patches overdue, and for how long?
with today as (select max(as_of_date) as as_of_date from marts.kpi_results)

select
    devices.device_key,
    devices.os_name,
    devices.network_zone,
    count(*) as overdue_patches,
    min(patches.due_date) as overdue_since,
    max(today.as_of_date - patches.due_date) as days_overdue
from marts.fct_patch_state as patches
cross join today
inner join marts.dim_device as devices on devices.device_key = patches.device_key
where
    patches.severity = 'critical'
    and patches.is_due
    and patches.state in ('missing', 'failed')
group by devices.device_key, devices.os_name, devices.network_zone
order by days_overdue desc, overdue_patches desc

-- How much money is at stake, and how much of it comes back if we act today?
select
    catalog.name,
    sum(
        case when impact.kind = 'recoverable_now' then impact.amount else 0 end
    ) as recoverable_now,
    sum(
        case when impact.kind = 'at_renewal' then impact.amount else 0 end
    ) as at_renewal,
    max(
        case when impact.kind = 'at_renewal' then impact.available_date end
    ) as last_renewal_date,
    sum(case when impact.kind = 'not_cash' then impact.amount else 0 end) as not_cash,
    impact.currency
from marts.kpi_impact as impact
inner join marts.kpi_catalog as catalog on catalog.kpi_id = impact.kpi_id
group by catalog.name, impact.currency
order by recoverable_now desc, at_renewal desc, not_cash desc

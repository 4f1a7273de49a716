-- What stands behind each red KPI: how many failures, and for which reasons?
with
    red as (
        select kpi_id
        from marts.kpi_results
        where
            rag = 'red'
            and dim_type = 'all'
            and as_of_date = (select max(as_of_date) from marts.kpi_results)
    ),

    reasons as (
        select
            exceptions.kpi_id,
            exceptions.reason,
            exceptions.suggested_action,
            count(*) as failures,
            row_number() over (
                partition by exceptions.kpi_id order by count(*) desc, exceptions.reason
            ) as place
        from marts.kpi_exceptions as exceptions
        inner join red on red.kpi_id = exceptions.kpi_id
        where exceptions.change <> 'gone'
        group by exceptions.kpi_id, exceptions.reason, exceptions.suggested_action
    )

select catalog.name, reasons.failures, reasons.reason, reasons.suggested_action
from reasons
inner join marts.kpi_catalog as catalog on catalog.kpi_id = reasons.kpi_id
where reasons.place <= 3
order by catalog.name, reasons.place

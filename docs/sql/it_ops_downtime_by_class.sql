-- Which classes were down longest in twelve months, and how long did a repair take?
with today as (select max(as_of_date) as as_of_date from marts.kpi_results)

select
    assets.asset_class,
    count(*) as repairs,
    round(sum(downtime.downtime_seconds) / 3600.0, 1) as downtime_hours,
    round(sum(downtime.downtime_seconds) / 3600.0 / count(*), 1) as hours_per_repair,
    round(median(downtime.downtime_seconds) / 3600.0, 1) as median_hours
from marts.fct_downtime as downtime
cross join today
inner join marts.dim_asset as assets on assets.asset_key = downtime.asset_key
where
    not downtime.is_open
    and cast(downtime.ended_at as date) > today.as_of_date - interval 12 months
    and cast(downtime.ended_at as date) <= today.as_of_date
group by assets.asset_class
order by downtime_hours desc

-- How long do retired assets wait before they have left, and which class waits longest?
select
    assets.asset_class,
    count(*) as decommissioned,
    round(avg(disposals.decommission_days), 1) as mean_days,
    round(quantile_cont(disposals.decommission_days, 0.9), 1) as p90_days
from marts.fct_disposals as disposals
inner join marts.dim_asset as assets on assets.asset_key = disposals.asset_key
where disposals.decommission_ended_date is not null
group by assets.asset_class
order by mean_days desc

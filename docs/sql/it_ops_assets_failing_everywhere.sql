-- Which assets fail several KPIs at once, and where are they?
select
    assets.asset_key,
    assets.asset_class,
    assets.model,
    assets.department,
    assets.location,
    count(distinct exceptions.kpi_id) as failing_kpis,
    string_agg(
        distinct exceptions.reason_code, ', ' order by exceptions.reason_code
    ) as reasons
from marts.kpi_exceptions as exceptions
inner join marts.dim_asset as assets on assets.asset_key = exceptions.entity_id
where exceptions.entity_type = 'asset' and exceptions.change <> 'gone'
group by
    assets.asset_key,
    assets.asset_class,
    assets.model,
    assets.department,
    assets.location
having count(distinct exceptions.kpi_id) > 1
order by failing_kpis desc, assets.asset_key

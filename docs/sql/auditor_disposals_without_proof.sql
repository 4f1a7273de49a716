-- Which data-bearing assets left us, or are about to, without valid proof of erasure?
select
    assets.asset_key,
    assets.asset_class,
    assets.serial_number,
    disposals.status,
    disposals.disposal_method,
    disposals.retired_date,
    disposals.disposed_date,
    disposals.min_sanitization
from marts.fct_disposals as disposals
inner join marts.dim_asset as assets on assets.asset_key = disposals.asset_key
where disposals.is_data_bearing and not disposals.is_sanitized
order by disposals.disposed_date desc nulls last, disposals.retired_date desc nulls last

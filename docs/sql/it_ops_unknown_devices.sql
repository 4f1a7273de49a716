-- Which devices are on the network although the register has never heard of them?
select
    devices.device_class,
    devices.network_zone,
    devices.os_name,
    count(*) as devices,
    min(devices.first_seen_at) as first_seen_at
from marts.dim_device as devices
where devices.asset_key is null and devices.is_in_discovery
group by devices.device_class, devices.network_zone, devices.os_name
order by devices desc

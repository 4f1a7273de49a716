-- one row per device, licensable product, version and days of equal device status
with
    install_spans as (
        select * from {{ ref("int_licensing__install_spans") }} where is_licensable
    ),

    software_installs as (
        {{
            merge_spans(
                "install_spans",
                ["device_key", "product_key", "version_major", "device_status"],
            )
        }}
    )

select *
from software_installs

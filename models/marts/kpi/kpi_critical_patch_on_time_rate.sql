-- one row per as-of date and slice
with
    devices as (select * from {{ ref("int_patch__device_spans") }}),

    deadlines as (select * from {{ ref("int_patch__critical_deadlines") }}),

    members as (
        select
            greatest(devices.valid_from, deadlines.valid_from) as valid_from,
            least(devices.valid_to, deadlines.valid_to) as valid_to,
            deadlines.on_time as numerator,
            1 as denominator,
            devices.asset_class,
            devices.department,
            devices.cost_center,
            devices.location,
            devices.manufacturer
        from devices
        inner join
            deadlines
            on deadlines.device_key = devices.device_key
            and deadlines.valid_from < devices.valid_to
            and deadlines.valid_to > devices.valid_from
    ),

    cells as (
        {{
            kpi_cells(
                "members",
                "critical_patch_on_time_rate",
                asset_dimensions(),
                coverage=false,
            )
        }}
    )

select *
from cells

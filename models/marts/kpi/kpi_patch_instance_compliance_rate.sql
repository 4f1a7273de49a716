-- one row per as-of date and slice
with
    devices as (select * from {{ ref("int_patch__device_spans") }}),

    due as (select * from {{ ref("int_patch__due_counts") }}),

    members as (
        select
            greatest(devices.valid_from, due.valid_from) as valid_from,
            least(devices.valid_to, due.valid_to) as valid_to,
            due.installed as numerator,
            due.installed + due.missing as denominator,
            due.installed + due.missing as covered,
            due.installed + due.missing + due.unknown as population,
            devices.asset_class,
            devices.department,
            devices.cost_center,
            devices.location,
            devices.manufacturer,
            due.severity
        from devices
        inner join
            due
            on due.device_key = devices.device_key
            and due.valid_from < devices.valid_to
            and due.valid_to > devices.valid_from
    ),

    cells as (
        {{
            kpi_cells(
                "members",
                "patch_instance_compliance_rate",
                asset_dimensions() + ["severity"],
            )
        }}
    )

select *
from cells

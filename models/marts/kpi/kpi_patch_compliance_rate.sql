-- one row per as-of date and slice
with
    devices as (select * from {{ ref("int_patch__device_spans") }}),

    -- a device that is not seen, not checked or not known to be patched is not
    -- compliant
    members as (
        select
            valid_from,
            valid_to,
            case
                when
                    is_seen
                    and is_checked
                    and missing_patches = 0
                    and unknown_patches = 0
                then 1
                else 0
            end as numerator,
            1 as denominator,
            case
                when is_seen and is_checked and unknown_patches = 0 then 1 else 0
            end as covered,
            1 as population,
            asset_class,
            department,
            cost_center,
            location,
            manufacturer
        from devices
    ),

    cells as ({{ kpi_cells("members", "patch_compliance_rate", asset_dimensions()) }})

select *
from cells

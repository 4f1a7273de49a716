-- one row per device whose patches are managed and span of days with the same slices
with
    devices as (select * from {{ ref("int_patch__device_spans") }}),

    population_spans as (
        {{ merge_spans("devices", ["device_key"] + asset_dimensions()) }}
    )

select *
from population_spans

-- one row per device and patch
with
    pairs as (select * from {{ ref("int_patch__pair_spans") }}),

    statuses as (select * from {{ ref("stg_patch__patch_status") }}),

    pair_dates as (
        select
            pairs.device_key,
            pairs.patch_id,
            min(pairs.valid_from) as listed_date,
            min(
                case when statuses.state = 'installed' then pairs.valid_from end
            ) as installed_date
        from pairs
        inner join statuses on statuses.row_id = pairs.row_id
        group by pairs.device_key, pairs.patch_id
    )

select *
from pair_dates

-- one row per cloud resource, cost centre and span of days on which its asset belongs
-- to it
with
    device_spans as (select * from {{ ref("int_devices__spans") }}),

    device_rows as (
        select * from {{ ref("int_devices__rows") }} where cloud_resource_id <> ''
    ),

    match_spans as (select * from {{ ref("int_devices__match_spans") }}),

    survivor_spans as (select * from {{ ref("int_assets__survivor_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    owned_resources as (
        select
            device_rows.cloud_resource_id as resource_id,
            asset_rows.cost_center,
            greatest(
                device_spans.valid_from,
                match_spans.valid_from,
                survivor_spans.valid_from
            ) as valid_from,
            least(
                device_spans.valid_to, match_spans.valid_to, survivor_spans.valid_to
            ) as valid_to
        from device_rows
        inner join device_spans on device_spans.row_id = device_rows.row_id
        inner join
            match_spans
            on match_spans.device_key = device_spans.device_key
            and match_spans.valid_from < device_spans.valid_to
            and match_spans.valid_to > device_spans.valid_from
        inner join
            survivor_spans
            on survivor_spans.asset_key = match_spans.asset_key
            and survivor_spans.valid_from
            < least(match_spans.valid_to, device_spans.valid_to)
            and survivor_spans.valid_to
            > greatest(match_spans.valid_from, device_spans.valid_from)
        inner join asset_rows on asset_rows.row_id = survivor_spans.row_id
        where asset_rows.cost_center <> '(unassigned)'
    ),

    cloud_resources as (
        {{ merge_spans("owned_resources", ["resource_id", "cost_center"]) }}
    )

select *
from cloud_resources

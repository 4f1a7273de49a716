-- one row per asset ever and span of days on which its last known dates were the same
-- long: four dates make one exposure
with
    ever_spans as (select * from {{ ref("int_assets__ever_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    register as (
        select *
        from {{ ref("stg_cmdb__hardware_asset") }}
        where not coalesce(is_deleted, false)
    ),

    -- the first later delivery of the source without the row: nothing follows where
    -- the version ends
    versions as (
        select
            row_id,
            ended_at,
            lead(extracted_at) over (
                partition by source_system, asset_id order by extracted_at
            ) as next_at
        from register
    ),

    estate as (
        select
            ever_spans.asset_key,
            ever_spans.row_id,
            asset_rows.contract_id,
            ever_spans.valid_from,
            ever_spans.valid_to,
            coalesce(
                asset_rows.in_service_date,
                asset_rows.received_date,
                asset_rows.purchase_date
            ) as deployed_from,
            coalesce(
                asset_rows.received_date,
                asset_rows.purchase_date,
                asset_rows.in_service_date
            ) as owned_from,
            least(
                coalesce(asset_rows.retired_date, {{ far_future() }}),
                coalesce(asset_rows.disposed_date, {{ far_future() }}),
                case
                    when
                        versions.ended_at is not null
                        and (
                            versions.next_at is null
                            or versions.next_at > versions.ended_at
                        )
                    then cast(versions.ended_at as date)
                    else {{ far_future() }}
                end
            ) as left_on
        from ever_spans
        inner join asset_rows on asset_rows.row_id = ever_spans.row_id
        inner join versions on versions.row_id = ever_spans.row_id
        where
            asset_rows.is_in_scope
            and not asset_rows.is_byod
            and asset_rows.canonical_status not in ('planned', 'ordered')
    ),

    -- a date of leaving counts from that day on, before it the asset is here
    exposure as (
        select
            asset_key,
            row_id,
            contract_id,
            deployed_from,
            owned_from,
            {{ far_future() }} as left_on,
            valid_from,
            least(valid_to, left_on) as valid_to
        from estate
        where valid_from < left_on
        union all
        select
            asset_key,
            row_id,
            contract_id,
            deployed_from,
            owned_from,
            left_on,
            greatest(valid_from, left_on) as valid_from,
            valid_to
        from estate
        where left_on < valid_to
    )

select *
from exposure

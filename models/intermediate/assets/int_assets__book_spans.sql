-- one row per asset and span of days on which one fixed asset speaks for it
with
    fixed_assets as (select * from {{ ref("int_assets__fixed_asset_spans") }}),

    -- of several fixed assets of one asset the one that is still active, then the
    -- newest
    candidates as (
        select
            asset_key,
            row_id,
            fixed_asset_key,
            capitalized_date,
            deactivated_date,
            valid_from,
            valid_to
        from fixed_assets
        where asset_key is not null
    ),

    chosen as (
        {{
            pick_best(
                "candidates",
                keys=["asset_key"],
                owner="fixed_asset_key",
                order_by="case when rivals.deactivated_date is null then 0 else 1 end, rivals.capitalized_date desc, rivals.fixed_asset_key",
            )
        }}
    ),

    versions as (
        select row_id, fixed_asset_key, net_book_value, currency, deactivated_date
        from fixed_assets
        group by row_id, fixed_asset_key, net_book_value, currency, deactivated_date
    ),

    book_spans as (
        select
            chosen.asset_key,
            versions.fixed_asset_key,
            versions.net_book_value,
            versions.currency,
            chosen.valid_from,
            least(
                chosen.valid_to, coalesce(versions.deactivated_date, chosen.valid_to)
            ) as valid_to
        from chosen
        inner join versions on versions.row_id = chosen.row_id
    )

select *
from book_spans
where valid_from < valid_to

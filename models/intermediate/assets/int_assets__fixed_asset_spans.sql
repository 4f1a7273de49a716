-- one row per fixed asset and span of days with one row of its leading book and one
-- asset, or none
-- long: the leading book, the asset it leads to, and the days on which there is none
with
    fixed_assets as (select * from {{ ref("stg_finance__fixed_asset") }}),

    asset_ids as (
        select * from {{ ref("int_assets__ids") }} where ref_kind = 'finance_asset_id'
    ),

    in_force as (
        select
            fixed_assets.row_id,
            concat_ws(
                '', fixed_assets.source_system, '|', fixed_assets.finance_asset_id
            ) as fixed_asset_key,
            fixed_assets.book,
            fixed_assets.valid_from,
            fixed_assets.valid_to
        from {{ state_of("stg_finance__fixed_asset") }} as fixed_assets
    ),

    -- the local book speaks, else the first by name
    leading_books as (
        {{
            pick_best(
                "in_force",
                keys=["fixed_asset_key"],
                owner="book",
                order_by="case when rivals.book = 'local' then 0 else 1 end, rivals.book",
            )
        }}
    ),

    linked as (
        select
            leading_books.fixed_asset_key,
            leading_books.row_id,
            asset_ids.asset_key,
            greatest(leading_books.valid_from, asset_ids.valid_from) as valid_from,
            least(leading_books.valid_to, asset_ids.valid_to) as valid_to
        from leading_books
        inner join fixed_assets on fixed_assets.row_id = leading_books.row_id
        inner join
            asset_ids
            on asset_ids.ref_id = fixed_assets.finance_asset_id
            and (
                asset_ids.source_system = fixed_assets.source_system
                or asset_ids.is_sole
            )
            and asset_ids.valid_from < leading_books.valid_to
            and asset_ids.valid_to > leading_books.valid_from
    ),

    parts as (
        select fixed_asset_key, row_id, 0 as assets, valid_from, valid_to
        from leading_books
        union all
        select fixed_asset_key, 0 as row_id, 1 as assets, valid_from, valid_to
        from linked
    ),

    unlinked as (
        {{
            sweep(
                "parts",
                ["fixed_asset_key"],
                ["row_id", "assets"],
                "row_id > 0 and assets = 0",
            )
        }}
    ),

    spans as (
        select fixed_asset_key, row_id, asset_key, valid_from, valid_to
        from linked
        union all
        select
            fixed_asset_key,
            row_id,
            cast(null as string) as asset_key,
            valid_from,
            valid_to
        from unlinked
    ),

    fixed_asset_spans as (
        select
            spans.fixed_asset_key,
            fixed_assets.row_id,
            fixed_assets.source_system,
            fixed_assets.finance_asset_id,
            fixed_assets.book,
            spans.asset_key,
            fixed_assets.capitalized_date,
            fixed_assets.deactivated_date,
            fixed_assets.acquisition_value,
            fixed_assets.net_book_value,
            upper(trim(fixed_assets.currency)) as currency,
            coalesce(
                nullif(trim(fixed_assets.cost_center), ''), '(unassigned)'
            ) as cost_center,
            spans.valid_from,
            spans.valid_to
        from spans
        inner join fixed_assets on fixed_assets.row_id = spans.row_id
    )

select *
from fixed_asset_spans

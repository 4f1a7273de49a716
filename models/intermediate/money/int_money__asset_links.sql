-- one row per cost line that names an asset, asset and span of days on which the
-- reference leads there
-- long: the second reference is asked only where the first is silent
with
    cost_lines as (
        select *
        from {{ ref("int_money__cost_lines") }}
        where is_asset_cost and amount_base is not null
    ),

    ids as (select * from {{ ref("int_assets__ids") }}),

    by_asset_id as (
        select
            cost_lines.row_id,
            ids.asset_key,
            greatest(ids.valid_from, cost_lines.posted_date) as valid_from,
            ids.valid_to
        from cost_lines
        inner join
            ids
            on ids.ref_kind = 'asset_id'
            and ids.ref_id = cost_lines.asset_id
            and (ids.source_system = cost_lines.source_system or ids.is_sole)
        where ids.valid_to > cost_lines.posted_date
    ),

    -- the finance id is asked on the days on which the asset id leads nowhere
    unanswered_parts as (
        select
            row_id,
            1 as is_asked,
            0 as is_answered,
            posted_date as valid_from,
            {{ far_future() }} as valid_to
        from cost_lines
        where finance_asset_id <> ''
        union all
        select
            by_asset_id.row_id,
            0 as is_asked,
            1 as is_answered,
            by_asset_id.valid_from,
            by_asset_id.valid_to
        from by_asset_id
        inner join cost_lines on cost_lines.row_id = by_asset_id.row_id
        where cost_lines.finance_asset_id <> ''
    ),

    unanswered as (
        {{
            sweep(
                "unanswered_parts",
                keys=["row_id"],
                weights=["is_asked", "is_answered"],
                having="is_asked = 1 and is_answered = 0",
            )
        }}
    ),

    by_finance_asset_id as (
        select
            cost_lines.row_id,
            ids.asset_key,
            greatest(ids.valid_from, unanswered.valid_from) as valid_from,
            least(ids.valid_to, unanswered.valid_to) as valid_to
        from unanswered
        inner join cost_lines on cost_lines.row_id = unanswered.row_id
        inner join
            ids
            on ids.ref_kind = 'finance_asset_id'
            and ids.ref_id = cost_lines.finance_asset_id
            and (ids.source_system = cost_lines.source_system or ids.is_sole)
            and ids.valid_from < unanswered.valid_to
            and ids.valid_to > unanswered.valid_from
    ),

    asset_links as (
        select row_id, asset_key, 'asset_id' as link, valid_from, valid_to
        from by_asset_id
        union all
        select row_id, asset_key, 'finance_asset_id' as link, valid_from, valid_to
        from by_finance_asset_id
    )

select *
from asset_links

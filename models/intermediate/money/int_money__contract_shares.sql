-- one row per cost line of a contract, asset that shares it and span of days with one
-- share
with
    contract_lines as (
        select *
        from {{ ref("int_money__cost_lines") }}
        where is_asset_cost and amount_base is not null and contract_id <> ''
    ),

    asset_links as (select * from {{ ref("int_money__asset_links") }}),

    contract_days as (select * from {{ ref("int_money__contract_days") }}),

    -- the contract is asked on the days on which no asset is named
    unanswered_parts as (
        select
            row_id,
            1 as is_asked,
            0 as is_answered,
            posted_date as valid_from,
            {{ far_future() }} as valid_to
        from contract_lines
        union all
        select
            asset_links.row_id,
            0 as is_asked,
            1 as is_answered,
            asset_links.valid_from,
            asset_links.valid_to
        from asset_links
        inner join contract_lines on contract_lines.row_id = asset_links.row_id
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

    contract_shares as (
        select
            contract_lines.row_id,
            contract_days.asset_key,
            'contract_id' as link,
            {{
                exact_quotient(
                    "contract_lines.amount_base * contract_days.days_active",
                    "contract_days.total_days",
                )
            }} as amount_base,
            greatest(contract_days.valid_from, unanswered.valid_from) as valid_from,
            least(contract_days.valid_to, unanswered.valid_to) as valid_to
        from unanswered
        inner join contract_lines on contract_lines.row_id = unanswered.row_id
        inner join
            contract_days
            on contract_days.contract_id = contract_lines.contract_id
            and contract_days.month_start = contract_lines.posted_month
            and contract_days.valid_from < unanswered.valid_to
            and contract_days.valid_to > unanswered.valid_from
    )

select *
from contract_shares

-- one row per cost line of a contract, asset that shares it and span of days with one share
with
    contract_lines as (
        select *
        from {{ ref("int_money__cost_lines") }}
        where is_asset_cost and amount_base is not null and contract_id <> ''
    ),

    asset_links as (select * from {{ ref("int_money__asset_links") }}),

    exposure as (
        select *
        from {{ ref("int_money__asset_exposure") }}
        where contract_id <> '' and deployed_from is not null
    ),

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
        {{ sweep(
            "unanswered_parts",
            keys=["row_id"],
            weights=["is_asked", "is_answered"],
            having="is_asked = 1 and is_answered = 0",
        ) }}
    ),

    covered as (
        {{ merge_spans(
            "exposure", ["asset_key", "contract_id", "deployed_from", "left_on"]
        ) }}
    ),

    contract_months as (
        select
            contract_id,
            posted_month as month_start,
            {{ add_months("posted_month", 1) }} as month_end
        from contract_lines
        group by contract_id, posted_month
    ),

    active_days as (
        select
            contract_months.contract_id,
            contract_months.month_start,
            covered.asset_key,
            {{ dbt.datediff(
                "greatest(covered.deployed_from, contract_months.month_start)",
                "least(covered.left_on, contract_months.month_end)",
                "day",
            ) }} as days_active,
            covered.valid_from,
            covered.valid_to
        from contract_months
        inner join
            covered
            on covered.contract_id = contract_months.contract_id
            and greatest(covered.deployed_from, contract_months.month_start)
            < least(covered.left_on, contract_months.month_end)
    ),

    total_days as (
        {{ sweep(
            "active_days",
            keys=["contract_id", "month_start"],
            weights=["days_active"],
            having="days_active > 0",
        ) }}
    ),

    contract_shares as (
        select
            contract_lines.row_id,
            active_days.asset_key,
            'contract_id' as link,
            {{ exact_quotient(
                "contract_lines.amount_base * active_days.days_active",
                "total_days.days_active",
            ) }} as amount_base,
            greatest(
                active_days.valid_from, total_days.valid_from, unanswered.valid_from
            ) as valid_from,
            least(active_days.valid_to, total_days.valid_to, unanswered.valid_to) as valid_to
        from active_days
        inner join
            total_days
            on total_days.contract_id = active_days.contract_id
            and total_days.month_start = active_days.month_start
            and total_days.valid_from < active_days.valid_to
            and total_days.valid_to > active_days.valid_from
        inner join
            contract_lines
            on contract_lines.contract_id = active_days.contract_id
            and contract_lines.posted_month = active_days.month_start
        inner join
            unanswered
            on unanswered.row_id = contract_lines.row_id
            and unanswered.valid_from < active_days.valid_to
            and unanswered.valid_to > active_days.valid_from
            and unanswered.valid_from < total_days.valid_to
            and unanswered.valid_to > total_days.valid_from
    )

select *
from contract_shares

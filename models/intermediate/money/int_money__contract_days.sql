-- one row per contract, calendar month, asset active in it and span of days with one
-- count of active days
-- long: days of one asset and days of all are counted side by side
with
    contract_lines as (
        select *
        from {{ ref("int_money__cost_lines") }}
        where is_asset_cost and amount_base is not null and contract_id <> ''
    ),

    exposure as (
        select *
        from {{ ref("int_money__asset_exposure") }}
        where contract_id <> '' and deployed_from is not null
    ),

    -- a register delivered every day changes more often than anybody looks
    visible as (
        {{
            as_of_spans(
                "exposure", ["asset_key", "contract_id", "deployed_from", "left_on"]
            )
        }}
    ),

    covered as (
        {{
            merge_spans(
                "visible", ["asset_key", "contract_id", "deployed_from", "left_on"]
            )
        }}
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
            {{
                dbt.datediff(
                    "greatest(covered.deployed_from, contract_months.month_start)",
                    "least(covered.left_on, contract_months.month_end)",
                    "day",
                )
            }} as days_active,
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
        {{
            sweep(
                "active_days",
                keys=["contract_id", "month_start"],
                weights=["days_active"],
                having="days_active > 0",
            )
        }}
    ),

    contract_days as (
        select
            active_days.contract_id,
            active_days.month_start,
            active_days.asset_key,
            active_days.days_active,
            total_days.days_active as total_days,
            greatest(active_days.valid_from, total_days.valid_from) as valid_from,
            least(active_days.valid_to, total_days.valid_to) as valid_to
        from active_days
        inner join
            total_days
            on total_days.contract_id = active_days.contract_id
            and total_days.month_start = active_days.month_start
            and total_days.valid_from < active_days.valid_to
            and total_days.valid_to > active_days.valid_from
    )

select *
from contract_days

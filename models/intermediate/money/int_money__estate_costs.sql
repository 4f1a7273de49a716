-- one row per as-of date
with
    cost_lines as (
        select *
        from {{ ref("int_money__cost_lines") }}
        where
            amount_base is not null
            and not is_commitment
            and cost_category not in ('cloud', 'saas')
    ),

    exposure as (select * from {{ ref("int_money__asset_exposure") }}),

    amounts as (
        select
            'estate' as scope,
            case when is_capex then amount_base else 0 end as capex_amount,
            case
                when not is_capex and cost_category = 'depreciation'
                then amount_base
                else 0
            end as depreciation_amount,
            case
                when not is_capex and cost_category <> 'depreciation'
                then amount_base
                else 0
            end as opex_amount,
            0 as assets,
            0 as dated_assets,
            posted_date as valid_from,
            {{ t12m_end("posted_date") }} as valid_to
        from cost_lines
        union all
        select
            'estate' as scope,
            0 as capex_amount,
            0 as depreciation_amount,
            0 as opex_amount,
            1 as assets,
            case when owned_from is not null then 1 else 0 end as dated_assets,
            valid_from,
            valid_to
        from exposure
    ),

    totals as (
        {{
            amounts_as_of(
                "amounts",
                keys=["scope"],
                amounts=[
                    "capex_amount",
                    "depreciation_amount",
                    "opex_amount",
                    "assets",
                    "dated_assets",
                ],
            )
        }}
    ),

    asset_days as ({{ asset_days("exposure", start="owned_from") }}),

    estate_costs as (
        select
            totals.as_of_date,
            totals.opex_amount,
            totals.depreciation_amount,
            totals.capex_amount,
            coalesce(
                {{ exact_quotient("asset_days.asset_days", "asset_days.window_days") }},
                0
            ) as average_assets,
            totals.assets,
            totals.dated_assets
        from totals
        left join asset_days on asset_days.as_of_date = totals.as_of_date
    )

select *
from estate_costs

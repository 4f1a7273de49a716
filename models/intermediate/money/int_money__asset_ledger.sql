-- one row per asset ever and span of as-of dates on which its attributed costs to
-- long: one list of what an asset costs
-- date were the same
with
    attributed_costs as (select * from {{ ref("int_money__attributed_costs") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    calendar as (
        select min(date_day) as first_day from {{ ref("int_calendar__days") }}
    ),

    amounts as (
        select
            asset_key,
            case
                when cost_category = 'acquisition' then 1 else 0
            end as acquisition_lines,
            case
                when cost_category = 'acquisition' then amount_base else 0
            end as acquisition_amount,
            case
                when
                    cost_category
                    in ('acquisition', 'maintenance', 'support', 'disposal')
                then amount_base
                else 0
            end as guide_amount,
            amount_base as total_amount,
            valid_from,
            valid_to
        from attributed_costs
    ),

    visible as (
        {{
            as_of_spans(
                "amounts",
                [
                    "asset_key",
                    "acquisition_lines",
                    "acquisition_amount",
                    "guide_amount",
                    "total_amount",
                ],
            )
        }}
    ),

    -- an asset without any cost has a ledger of zero
    parts as (
        select
            asset_key,
            sum(acquisition_lines) as acquisition_lines,
            sum(acquisition_amount) as acquisition_amount,
            sum(guide_amount) as guide_amount,
            sum(total_amount) as total_amount,
            valid_from,
            valid_to
        from visible
        group by asset_key, valid_from, valid_to
        union all
        select
            asset_rows.asset_key,
            0 as acquisition_lines,
            0 as acquisition_amount,
            0 as guide_amount,
            0 as total_amount,
            calendar.first_day as valid_from,
            {{ far_future() }} as valid_to
        from asset_rows
        cross join calendar
        group by asset_rows.asset_key, calendar.first_day
    ),

    asset_ledger as (
        {{
            sweep(
                "parts",
                keys=["asset_key"],
                weights=[
                    "acquisition_lines",
                    "acquisition_amount",
                    "guide_amount",
                    "total_amount",
                ],
            )
        }}
    )

select *
from asset_ledger

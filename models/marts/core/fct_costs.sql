-- one row per actual line of the ledger or incident, and asset it belongs to today
-- long: the last step says of every line why no asset has it
with
    cost_lines as (select * from {{ ref("int_money__cost_lines") }}),

    attributed_costs as (select * from {{ ref("int_money__attributed_costs") }}),

    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    current_costs as (
        select attributed_costs.*
        from attributed_costs
        inner join
            calendar
            on attributed_costs.valid_from <= calendar.last_day
            and attributed_costs.valid_to > calendar.last_day
    ),

    ledger as (
        select
            concat_ws(
                '', 'ledger|', cost_lines.source_system, '|', cost_lines.line_id
            ) as cost_key,
            cost_lines.*,
            current_costs.asset_key,
            current_costs.link,
            case
                when current_costs.row_id is null
                then cost_lines.amount_base
                else current_costs.amount_base
            end as share_base,
            case
                when current_costs.row_id is not null
                then null
                when cost_lines.posted_date > calendar.last_day
                then 'posted_later'
                when cost_lines.is_commitment
                then 'commitment'
                when not cost_lines.is_asset_cost
                then 'not_an_asset_category'
                when cost_lines.amount_base is null
                then 'no_rate'
                when cost_lines.contract_id <> ''
                then 'contract_covers_no_active_asset'
                when cost_lines.finance_asset_id <> ''
                then 'finance_asset_id_unknown'
                when cost_lines.asset_id <> ''
                then 'asset_id_unknown'
                when cost_lines.incident_id <> ''
                then 'incident_only'
                else 'no_reference'
            end as unattributed_reason
        from cost_lines
        cross join calendar
        left join current_costs on current_costs.row_id = cost_lines.row_id
    ),

    incidents as (
        select
            concat_ws('', 'incident|', source_system, '|', incident_id) as cost_key,
            current_costs.*
        from current_costs
        where link = 'incident'
    ),

    costs as (
        select
            cost_key,
            source_system,
            line_id,
            incident_id,
            contract_id,
            asset_key,
            link,
            unattributed_reason,
            posted_date,
            fiscal_period,
            cost_category,
            is_capex,
            is_commitment,
            cost_center,
            supplier,
            product,
            currency,
            amount,
            share_base
        from ledger
        union all
        select
            cost_key,
            source_system,
            null as line_id,
            incident_id,
            null as contract_id,
            asset_key,
            link,
            null as unattributed_reason,
            posted_date,
            null as fiscal_period,
            cost_category,
            false as is_capex,
            false as is_commitment,
            null as cost_center,
            null as supplier,
            null as product,
            null as currency,
            null as amount,
            amount_base as share_base
        from incidents
    ),

    fct_costs as (
        select
            md5(
                concat_ws('', cost_key, '|', coalesce(asset_key, ''))
            ) as cost_share_key,
            cost_key,
            asset_key,
            source_system,
            line_id,
            incident_id,
            contract_id,
            posted_date,
            fiscal_period,
            cost_category,
            cost_center,
            supplier,
            product,
            is_capex,
            is_commitment,
            link,
            unattributed_reason,
            currency,
            cast(amount as decimal(18, 4)) as line_amount,
            cast(share_base as decimal(38, 6)) as share_amount_base
        from costs
    )

select *
from fct_costs

-- one row per amount, asset it belongs to and span of days on which it does, from its
-- date on
with
    cost_lines as (select * from {{ ref("int_money__cost_lines") }}),

    asset_links as (select * from {{ ref("int_money__asset_links") }}),

    contract_shares as (select * from {{ ref("int_money__contract_shares") }}),

    incident_labor as (select * from {{ ref("int_money__incident_labor") }}),

    attributed_costs as (
        select
            cost_lines.row_id,
            cost_lines.source_system,
            cost_lines.incident_id,
            asset_links.asset_key,
            cost_lines.posted_date,
            cost_lines.cost_category,
            asset_links.link,
            cost_lines.amount_base,
            asset_links.valid_from,
            asset_links.valid_to
        from asset_links
        inner join cost_lines on cost_lines.row_id = asset_links.row_id
        union all
        select
            cost_lines.row_id,
            cost_lines.source_system,
            cost_lines.incident_id,
            contract_shares.asset_key,
            cost_lines.posted_date,
            cost_lines.cost_category,
            contract_shares.link,
            contract_shares.amount_base,
            contract_shares.valid_from,
            contract_shares.valid_to
        from contract_shares
        inner join cost_lines on cost_lines.row_id = contract_shares.row_id
        union all
        select
            cast(null as bigint) as row_id,
            source_system,
            incident_id,
            asset_key,
            opened_date as posted_date,
            'labor' as cost_category,
            link,
            amount_base,
            valid_from,
            valid_to
        from incident_labor
    )

select *
from attributed_costs

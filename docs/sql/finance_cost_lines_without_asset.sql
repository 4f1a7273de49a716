-- How much asset cost reaches no asset, and what is wrong with those lines?
select
    costs.unattributed_reason,
    costs.cost_category,
    count(*) as ledger_lines,
    sum(costs.share_amount_base) as amount
from marts.fct_costs as costs
where
    costs.unattributed_reason in (
        'contract_covers_no_active_asset',
        'finance_asset_id_unknown',
        'asset_id_unknown',
        'incident_only',
        'no_reference',
        'no_rate'
    )
group by costs.unattributed_reason, costs.cost_category
order by amount desc nulls last

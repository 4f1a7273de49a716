-- For which products do we use more than we own, and what would compliance cost?
select
    publisher,
    product,
    metric,
    owned_rights,
    required_rights,
    covered_rights,
    shortfall_rights,
    unit_price,
    true_up_cost,
    currency,
    entitlement_ids
from marts.mart_license_position
where shortfall_rights > 0
order by true_up_cost desc nulls first, shortfall_rights desc

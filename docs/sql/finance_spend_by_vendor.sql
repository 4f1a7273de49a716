-- Which vendors get the money, and how much more than a year ago?
select
    vendor,
    spend_amount,
    spend_amount - previous_spend_amount as change_amount,
    round(spend_share, 3) as spend_share,
    hardware_amount,
    software_amount,
    saas_amount,
    cloud_amount,
    active_contract_count,
    annual_contract_amount,
    next_end_date,
    currency
from marts.mart_vendor_spend
order by spend_amount desc

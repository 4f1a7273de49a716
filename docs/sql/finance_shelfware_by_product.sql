-- Which products do we pay for and not use, and when can the cost be cut?
select
    products.publisher,
    products.product_label as product,
    impact.kind,
    impact.amount as amount_per_year,
    impact.currency,
    impact.available_date
from marts.kpi_impact as impact
inner join marts.dim_product as products on products.product_key = impact.entity_id
where impact.kpi_id = 'shelfware_total_pct'
order by amount_per_year desc

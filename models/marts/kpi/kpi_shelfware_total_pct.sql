-- one row per as-of date and slice: cost of idle or spare rights / cost with evidence
with
    amounts as (select * from {{ ref("int_licensing__utilization") }}),

    products as (select * from {{ ref("int_licensing__products") }}),

    members as (
        select
            amounts.as_of_date as valid_from,
            {{ add_days("amounts.as_of_date", 1) }} as valid_to,
            amounts.shelf_cost + amounts.undeployed_cost as numerator,
            amounts.annual_cost - amounts.unknown_cost as denominator,
            amounts.annual_cost - amounts.unknown_cost as covered,
            amounts.annual_cost as population,
            products.publisher,
            products.product_label as product
        from amounts
        inner join products on products.product_key = amounts.product_key
        where amounts.annual_cost <> 0
    ),

    cells as (
        {{
            kpi_cells(
                "members",
                kpi_id="shelfware_total_pct",
                dimensions=["publisher", "product"],
            )
        }}
    )

select *
from cells

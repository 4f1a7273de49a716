-- one row per as-of date and slice: annual cost of the rights in use / annual cost
with
    amounts as (select * from {{ ref("int_licensing__utilization") }}),

    products as (select * from {{ ref("int_licensing__products") }}),

    members as (
        select
            amounts.as_of_date as valid_from,
            {{ add_days("amounts.as_of_date", 1) }} as valid_to,
            case
                when amounts.is_measurable then amounts.used_cost else 0
            end as numerator,
            case
                when amounts.is_measurable then amounts.annual_cost else 0
            end as denominator,
            case
                when amounts.is_measurable then amounts.annual_cost else 0
            end as covered,
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
                kpi_id="license_utilization_rate",
                dimensions=["publisher", "product"],
            )
        }}
    )

select *
from cells

-- one row per as-of date and slice: people active in 30 days / seats bought
with
    amounts as (select * from {{ ref("int_licensing__subscription_use") }}),

    products as (select * from {{ ref("int_licensing__products") }}),

    members as (
        select
            amounts.as_of_date as valid_from,
            {{ add_days("amounts.as_of_date", 1) }} as valid_to,
            case
                when amounts.is_measurable
                then least(amounts.purchased_seats, amounts.active_people)
                else 0
            end as numerator,
            case
                when amounts.is_measurable then amounts.purchased_seats else 0
            end as denominator,
            case
                when amounts.is_measurable then amounts.purchased_seats else 0
            end as covered,
            amounts.purchased_seats as population,
            products.publisher,
            products.product_label as product
        from amounts
        inner join products on products.product_key = amounts.product_key
        where amounts.purchased_seats > 0
    ),

    cells as (
        {{
            kpi_cells(
                "members",
                kpi_id="saas_utilization_rate",
                dimensions=["publisher", "product"],
            )
        }}
    )

select *
from cells

-- one row per product that is installed, owned, assigned or inferred
with
    products as (select * from {{ ref("int_licensing__products") }}),

    dim_product as (
        select
            product_key,
            publisher,
            product,
            product_label,
            is_licensable,
            is_suite,
            catalog_decision,
            is_approved,
            is_denied
        from products
    )

select *
from dim_product

-- one row per as-of date and slice: installs not approved / licensable installs
with
    confirmed as (
        select *
        from {{ ref("int_licensing__software_installs") }}
        where device_status = 'confirmed'
    ),

    installs as (
        select product_key, valid_from, valid_to, count(*) as installs
        from confirmed
        group by product_key, valid_from, valid_to
    ),

    products as (select * from {{ ref("int_licensing__products") }}),

    coverage as (select * from {{ ref("int_licensing__install_coverage") }}),

    members as (
        select
            installs.valid_from,
            installs.valid_to,
            case
                when products.is_approved then 0 else installs.installs
            end as numerator,
            installs.installs as denominator,
            0 as covered,
            0 as population,
            products.publisher,
            products.product_label as product
        from installs
        inner join products on products.product_key = installs.product_key
        union all
        select
            coverage.valid_from,
            coverage.valid_to,
            0 as numerator,
            0 as denominator,
            coverage.known_rows as covered,
            coverage.install_rows as population,
            products.publisher,
            products.product_label as product
        from coverage
        left join products on products.product_key = coverage.product_key
    ),

    cells as (
        {{
            kpi_cells(
                "members",
                kpi_id="unauthorized_software_pct",
                dimensions=["publisher", "product"],
            )
        }}
    )

select *
from cells

-- one row per as-of date and slice: licensed installs / licensable installs
with
    positions as (
        select *
        from {{ ref("int_licensing__positions") }}
        where exclusion_reason is null
    ),

    products as (select * from {{ ref("int_licensing__products") }}),

    coverage as (select * from {{ ref("int_licensing__install_coverage") }}),

    members as (
        select
            positions.as_of_date as valid_from,
            {{ add_days("positions.as_of_date", 1) }} as valid_to,
            case
                when products.is_denied then 0 else positions.covered_installs
            end as numerator,
            positions.installs as denominator,
            0 as covered,
            0 as population,
            products.publisher,
            products.product_label as product
        from positions
        inner join products on products.product_key = positions.product_key
        where positions.installs > 0
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
                kpi_id="license_compliance_rate",
                dimensions=["publisher", "product"],
            )
        }}
    )

select *
from cells

-- one row per product (null: no alias fits) and span of days
with
    install_spans as (
        select *
        from {{ ref("int_licensing__install_spans") }}
        where device_status = 'confirmed'
    ),

    merged as (
        {{
            merge_spans(
                "install_spans",
                ["device_key", "title_key", "product_key", "is_known"],
            )
        }}
    ),

    install_coverage as (
        select
            product_key,
            valid_from,
            valid_to,
            sum(case when is_known then 1 else 0 end) as known_rows,
            count(*) as install_rows
        from merged
        group by product_key, valid_from, valid_to
    )

select *
from install_coverage

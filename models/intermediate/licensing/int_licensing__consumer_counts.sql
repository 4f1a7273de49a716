-- one row per product, as-of date and class of consumers that are alike
with
    consumers as (
        select
            product_key,
            metric,
            version_order,
            has_assignment,
            need,
            installs,
            1 as consumers,
            valid_from,
            valid_to
        from {{ ref("int_licensing__consumers") }}
    ),

    consumer_counts as (
        {{
            amounts_as_of(
                "consumers",
                [
                    "product_key",
                    "metric",
                    "version_order",
                    "has_assignment",
                    "need",
                    "installs",
                ],
                ["consumers"],
            )
        }}
    )

select *
from consumer_counts

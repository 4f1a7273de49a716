-- one row per asset class and as-of date
with
    living as (
        select asset_class, acquisition_amount, 1 as priced_assets, valid_from, valid_to
        from {{ ref("int_money__asset_tco") }}
        where population = 'living' and acquisition_amount > 0
    ),

    sums as (
        {{
            span_sums(
                "living",
                ["acquisition_amount", "priced_assets"],
                keys=["asset_class"],
            )
        }}
    ),

    class_costs as (
        select
            asset_class,
            as_of_date,
            {{ exact_quotient("acquisition_amount", "priced_assets") }}
            as mean_acquisition_amount
        from sums
        where priced_assets > 0
    )

select *
from class_costs

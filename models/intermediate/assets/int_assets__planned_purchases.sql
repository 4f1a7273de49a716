-- one row per asset class and as-of date
with
    survivors as (select * from {{ ref("int_assets__survivor_spans") }}),

    asset_rows as (
        select * from {{ ref("int_assets__rows") }} where is_in_scope and not is_byod
    ),

    ages as (select * from {{ ref("int_assets__age_spans") }}),

    purchases as (
        select
            asset_rows.asset_class,
            1 as planned_purchases,
            survivors.valid_from,
            survivors.valid_to
        from survivors
        inner join asset_rows on asset_rows.row_id = survivors.row_id
        where asset_rows.canonical_status in ('planned', 'ordered')
        union all
        -- what reaches the end of its useful life within twelve months, or has
        -- reached it
        select
            asset_rows.asset_class,
            1 as planned_purchases,
            greatest(
                ages.valid_from, {{ add_months("ages.end_of_life_date", -12) }}
            ) as valid_from,
            ages.valid_to
        from ages
        inner join asset_rows on asset_rows.row_id = ages.row_id
        where ages.end_of_life_date is not null
    ),

    sums as ({{ span_sums("purchases", ["planned_purchases"], keys=["asset_class"]) }}),

    planned_purchases as (
        select asset_class, as_of_date, planned_purchases
        from sums
        where planned_purchases > 0
    )

select *
from planned_purchases

-- one row per as-of date and slice
-- long: three spans of an asset's age, each with its dimensions
with
    assets as (
        select
            survivors.valid_from,
            survivors.valid_to,
            coalesce(
                asset_rows.refurbished_mfg_date,
                asset_rows.in_service_date,
                asset_rows.received_date,
                asset_rows.purchase_date
            ) as start_date,
            asset_rows.useful_life_months,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from {{ ref("int_assets__survivor_spans") }} as survivors
        inner join
            {{ ref("int_assets__rows") }} as asset_rows
            on asset_rows.row_id = survivors.row_id
        where asset_rows.is_managed_estate
    ),

    -- one month more than its life has been completed
    dated as (
        select
            assets.*,
            {{ add_months("start_date", "(useful_life_months + 1)") }} as over_life_from
        from assets
    ),

    -- its age is known from its start on, and it is over from then on
    members as (
        select
            valid_from,
            valid_to,
            0 as numerator,
            0 as denominator,
            0 as covered,
            1 as population,
            asset_class,
            department,
            cost_center,
            location,
            manufacturer
        from dated
        union all
        select
            greatest(valid_from, start_date) as valid_from,
            valid_to,
            0 as numerator,
            1 as denominator,
            1 as covered,
            0 as population,
            asset_class,
            department,
            cost_center,
            location,
            manufacturer
        from dated
        where start_date is not null and useful_life_months is not null
        union all
        select
            greatest(valid_from, over_life_from) as valid_from,
            valid_to,
            1 as numerator,
            0 as denominator,
            0 as covered,
            0 as population,
            asset_class,
            department,
            cost_center,
            location,
            manufacturer
        from dated
        where start_date is not null and useful_life_months is not null
    ),

    cells as ({{ kpi_cells("members", "assets_over_life_pct", asset_dimensions()) }})

select *
from cells

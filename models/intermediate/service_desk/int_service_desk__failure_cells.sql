-- one row per as-of date and slice with failures or asset-days
-- long: failures and exposure meet here
with
    links as (
        select * from {{ ref("int_service_desk__incident_assets") }} where is_counted
    ),

    incidents as (
        select * from {{ ref("int_service_desk__incidents") }} where is_asset_failure
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    -- an incident on several assets is shared out among them
    members as (
        select
            greatest(links.valid_from, cast(incidents.opened_at as date)) as valid_from,
            least(
                links.valid_to, {{ t12m_end("cast(incidents.opened_at as date)") }}
            ) as valid_to,
            {{ exact_quotient("1", "links.counted_assets") }} as numerator,
            0 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from links
        inner join incidents on incidents.incident_row_id = links.incident_row_id
        inner join asset_rows on asset_rows.row_id = links.asset_row_id
    ),

    exposed as (
        select
            exposure.asset_key,
            exposure.deployed_from,
            exposure.left_on,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer,
            exposure.valid_from,
            exposure.valid_to
        from {{ ref("int_money__asset_exposure") }} as exposure
        inner join asset_rows on asset_rows.row_id = exposure.row_id
        where exposure.deployed_from is not null
    ),

    exposure as (
        {{
            merge_spans(
                "exposed",
                ["asset_key", "deployed_from", "left_on"] + asset_dimensions(),
            )
        }}
    ),

    cells as (
        {{
            kpi_cells(
                "members", "incident_frequency", asset_dimensions(), coverage=false
            )
        }}
    ),

    asset_days as ({{ asset_days("exposure", "deployed_from", asset_dimensions()) }}),

    slices as (
        select as_of_date, dim_type, dim_value
        from cells
        union
        select as_of_date, dim_type, dim_value
        from asset_days
        where asset_days > 0
    ),

    failure_cells as (
        select
            slices.as_of_date,
            slices.dim_type,
            slices.dim_value,
            coalesce(cells.numerator, 0) as failures,
            coalesce(asset_days.asset_days, 0) as asset_days
        from slices
        left join
            cells
            on cells.as_of_date = slices.as_of_date
            and cells.dim_type = slices.dim_type
            and cells.dim_value = slices.dim_value
        left join
            asset_days
            on asset_days.as_of_date = slices.as_of_date
            and asset_days.dim_type = slices.dim_type
            and asset_days.dim_value = slices.dim_value
    )

select *
from failure_cells

-- one row per as-of date and slice
with
    survivors as (select * from {{ ref("int_assets__survivor_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    parts as (
        select
            survivors.asset_key,
            survivors.row_id,
            0 as seen,
            survivors.valid_from,
            survivors.valid_to
        from survivors
        inner join asset_rows on asset_rows.row_id = survivors.row_id
        where
            asset_rows.is_managed_estate
            and asset_rows.canonical_status = 'deployed'
            and asset_rows.is_activity_observable
        union all
        select asset_key, 0 as row_id, 1 as seen, valid_from, valid_to
        from {{ ref("int_assets__activity_spans") }}
        where sign = 'seen'
    ),

    deployed as ({{ sweep("parts", ["asset_key"], ["row_id", "seen"], "row_id > 0") }}),

    members as (
        select
            deployed.valid_from,
            deployed.valid_to,
            deployed.seen as numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from deployed
        inner join asset_rows on asset_rows.row_id = deployed.row_id
    ),

    cells as (
        {{
            kpi_cells(
                "members", "agent_coverage_rate", asset_dimensions(), coverage=false
            )
        }}
    )

select *
from cells

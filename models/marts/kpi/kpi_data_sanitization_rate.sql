-- one row per as-of date and slice
-- long: who left, who waits and who is wiped are one sweep
{% set kpi_id = "data_sanitization_rate" %}
with
    catalog as (
        select *
        from {{ ref("stg_policy__kpi_definitions") }}
        where kpi_id = '{{ kpi_id }}'
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }} where is_data_bearing),

    departures as (
        select
            departure.*,
            {{ add_days("departure.left_date", "catalog.window_days") }} as window_end
        from {{ ref("int_lifecycle__departures") }} as departure
        cross join catalog
        inner join asset_rows on asset_rows.row_id = departure.asset_row_id
    ),

    -- left within the window, or earlier and still waiting in our hands
    parts as (
        select
            asset_row_id,
            1 as leaving,
            0 as waiting,
            0 as sanitized,
            valid_from,
            least(valid_to, window_end) as valid_to
        from departures
        union all
        select
            departures.asset_row_id,
            0 as leaving,
            1 as waiting,
            0 as sanitized,
            greatest(departures.valid_from, departures.window_end) as valid_from,
            departures.valid_to
        from departures
        inner join asset_rows on asset_rows.row_id = departures.asset_row_id
        where asset_rows.canonical_status = 'retired'
        union all
        select
            asset_row_id,
            0 as leaving,
            0 as waiting,
            1 as sanitized,
            valid_from,
            valid_to
        from {{ ref("int_assurance__sanitized_spans") }}
    ),

    days as (
        {{
            sweep(
                "parts",
                keys=["asset_row_id"],
                weights=["leaving", "waiting", "sanitized"],
                having="(leaving > 0 or (waiting > 0 and sanitized = 0))",
            )
        }}
    ),

    members as (
        select
            days.valid_from,
            days.valid_to,
            case
                when
                    days.sanitized > 0
                    and coalesce(asset_rows.disposal_method, '') <> 'lost'
                then 1
                else 0
            end as numerator,
            1 as denominator,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from days
        inner join asset_rows on asset_rows.row_id = days.asset_row_id
    ),

    kpi_data_sanitization_rate as (
        {{ kpi_cells("members", kpi_id, asset_dimensions(), coverage=false) }}
    )

select *
from kpi_data_sanitization_rate

-- one row per in-scope asset that has left service, as known on the newest as-of date
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    departures as (
        select departures.*
        from {{ ref("int_lifecycle__departures") }} as departures
        inner join
            calendar
            on departures.valid_from <= calendar.last_day
            and departures.valid_to > calendar.last_day
    ),

    sanitized as (
        select spans.asset_row_id, spans.valid_from as sanitized_date
        from {{ ref("int_assurance__sanitized_spans") }} as spans
        inner join
            calendar
            on spans.valid_from <= calendar.last_day
            and spans.valid_to > calendar.last_day
    ),

    decommissions as (
        select decommissions.*
        from {{ ref("int_lifecycle__decommissions") }} as decommissions
        inner join
            calendar
            on decommissions.valid_from <= calendar.last_day
            and decommissions.valid_to > calendar.last_day
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    fct_disposals as (
        select
            departures.asset_key,
            asset_rows.canonical_status as status,
            asset_rows.disposal_method,
            asset_rows.is_data_bearing,
            asset_rows.min_sanitization,
            sanitized.asset_row_id is not null as is_sanitized,

            departures.left_date,
            asset_rows.retired_date,
            asset_rows.disposed_date,
            sanitized.sanitized_date,
            decommissions.started_date as decommission_started_date,
            decommissions.ended_date as decommission_ended_date,
            case
                when not decommissions.is_negative then decommissions.days
            end as decommission_days
        from departures
        inner join asset_rows on asset_rows.row_id = departures.asset_row_id
        left join sanitized on sanitized.asset_row_id = departures.asset_row_id
        left join decommissions on decommissions.asset_row_id = departures.asset_row_id
    )

select *
from fct_disposals

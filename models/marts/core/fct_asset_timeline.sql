-- one row per asset and uninterrupted span of days in one state, with one owner, in
-- one place
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    described as (
        select
            survivors.asset_key,
            asset_rows.canonical_status,
            asset_rows.assigned_person_id,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            survivors.valid_from,
            survivors.valid_to
        from {{ ref("int_assets__survivor_spans") }} as survivors
        inner join calendar on survivors.valid_from <= calendar.last_day
        inner join
            {{ ref("int_assets__rows") }} as asset_rows
            on asset_rows.row_id = survivors.row_id
    ),

    merged as (
        {{
            merge_spans(
                "described",
                [
                    "asset_key",
                    "canonical_status",
                    "assigned_person_id",
                    "department",
                    "cost_center",
                    "location",
                ],
            )
        }}
    ),

    fct_asset_timeline as (
        select
            asset_key,
            valid_from,
            valid_to,
            canonical_status,
            case
                when assigned_person_id is not null
                then {{ pseudonym("assigned_person_id") }}
            end as person_key,
            department,
            cost_center,
            location
        from merged
    )

select *
from fct_asset_timeline

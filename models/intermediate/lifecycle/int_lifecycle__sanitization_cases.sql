-- one row per data-bearing register row (version) whose asset left lately, or waits,
-- and span of days on which it stands like this
-- long: who left, who waits, who is wiped and what records lack are one sweep
{% set faults = ["failed", "too_weak", "after_disposal", "uncertified", "unverified"] %}
with
    catalog as (
        select *
        from {{ ref("stg_policy__kpi_definitions") }}
        where kpi_id = 'data_sanitization_rate'
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }} where is_data_bearing),

    departures as (
        select
            departure.*,
            {{ add_days("departure.left_date", "catalog.window_days") }} as window_end
        from {{ ref("int_lifecycle__departures") }} as departure
        cross join catalog
        inner join asset_rows on asset_rows.row_id = departure.asset_row_id
    ),

    -- left within the window, or earlier and still waiting in our hands; a record
    -- speaks until it is valid
    parts as (
        select
            asset_row_id,
            'leaving' as part,
            valid_from,
            least(valid_to, window_end) as valid_to
        from departures
        union all
        select
            departures.asset_row_id,
            'waiting' as part,
            greatest(departures.valid_from, departures.window_end) as valid_from,
            departures.valid_to
        from departures
        inner join asset_rows on asset_rows.row_id = departures.asset_row_id
        where asset_rows.canonical_status = 'retired'
        union all
        select asset_row_id, 'sanitized' as part, valid_from, valid_to
        from {{ ref("int_assurance__sanitized_spans") }}
        union all
        select
            row_id as asset_row_id,
            'disposed' as part,
            disposed_date as valid_from,
            {{ far_future() }} as valid_to
        from asset_rows
        where disposed_date is not null
        union all
        select
            asset_row_id,
            coalesce(fault, 'unverified') as part,
            performed_date as valid_from,
            coalesce(valid_date, {{ far_future() }}) as valid_to
        from {{ ref("int_assurance__sanitization_records") }}
        union all
        select
            departures.asset_row_id,
            'overdue' as part,
            {{
                add_days(
                    "departures.left_date", "(1 + policy.sanitization_on_time_days)"
                )
            }} as valid_from,
            departures.valid_to
        from departures
        cross join policy
    ),

    weighed as (
        select
            asset_row_id,
            {%- for part in [
                "leaving",
                "waiting",
                "sanitized",
                "disposed",
                "overdue",
            ] + faults %}
                case when part = '{{ part }}' then 1 else 0 end as {{ part }},
            {%- endfor %}
            valid_from,
            valid_to
        from parts
    ),

    days as (
        {{
            sweep(
                "weighed",
                keys=["asset_row_id"],
                weights=["leaving", "waiting", "sanitized", "disposed", "overdue"]
                + faults,
                having="(leaving > 0 or (waiting > 0 and sanitized = 0))",
            )
        }}
    ),

    sanitization_cases as (
        select
            asset_rows.asset_key,
            days.asset_row_id,
            case
                when asset_rows.retired_date <= days.valid_from
                then asset_rows.retired_date
                else asset_rows.disposed_date
            end as left_date,
            days.leaving > 0 as is_leaving,
            days.sanitized > 0 as has_valid_record,
            days.disposed > 0 as is_disposed,
            coalesce(asset_rows.disposal_method, '') = 'lost' as is_lost,
            days.overdue > 0 as is_overdue,
            case
                {%- for fault in faults %}
                    when days.{{ fault }} > 0 then '{{ fault }}'
                {%- endfor %}
            end as record_fault,
            days.sanitized > 0
            and coalesce(asset_rows.disposal_method, '') <> 'lost' as is_sanitized,
            days.valid_from,
            days.valid_to
        from days
        inner join asset_rows on asset_rows.row_id = days.asset_row_id
    )

select *
from sanitization_cases

-- one row per employment spell that ended and asset to give back, as known on the
-- newest as-of date
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    obligations as (
        select obligations.*
        from {{ ref("int_recovery__obligations") }} as obligations
        inner join
            calendar
            on obligations.valid_from <= calendar.last_day
            and obligations.valid_to > calendar.last_day
    ),

    due_now as (
        select spans.*
        from {{ ref("int_recovery__obligation_spans") }} as spans
        inner join
            calendar
            on spans.valid_from <= calendar.last_day
            and spans.valid_to > calendar.last_day
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    fct_recovery as (
        select
            concat_ws(
                '',
                obligations.source_system,
                '|',
                {{ pseudonym("obligations.person_id") }},
                '|',
                cast(obligations.spell_no as string),
                '|',
                obligations.asset_key
            ) as obligation_key,
            obligations.asset_key,
            {{ pseudonym("obligations.person_id") }} as person_key,
            obligations.spell_no,
            asset_rows.asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer,

            obligations.is_inferred,
            obligations.is_remote,
            case
                when obligations.due_date > calendar.last_day
                then 'not_due'
                when due_now.asset_key is null
                then 'excluded'
                when due_now.is_returned_on_time
                then 'returned_on_time'
                when due_now.is_returned
                then 'returned_late'
                else 'open'
            end as recovery_status,

            obligations.trigger_date,
            obligations.known_date,
            obligations.due_date,
            cast(obligations.returned_at as date) as returned_date,
            {{
                dbt.datediff(
                    "obligations.trigger_date",
                    "cast(obligations.returned_at as date)",
                    "day",
                )
            }} as days_to_return
        from obligations
        cross join calendar
        inner join asset_rows on asset_rows.row_id = obligations.asset_row_id
        left join
            due_now
            on due_now.person_row_id = obligations.person_row_id
            and due_now.asset_key = obligations.asset_key
    )

select *
from fct_recovery

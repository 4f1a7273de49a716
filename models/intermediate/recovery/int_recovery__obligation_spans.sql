-- one row per obligation to give an asset back and span of days from its due date on
-- long: the union of the four things that decide a day
-- which it stands like this
with
    obligations as (select * from {{ ref("int_recovery__obligations") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    -- bought by the leaver or written off: out of both parts
    written_off as (
        select ever_spans.asset_key, ever_spans.valid_from, ever_spans.valid_to
        from {{ ref("int_assets__ever_spans") }} as ever_spans
        inner join asset_rows on asset_rows.row_id = ever_spans.row_id
        where asset_rows.disposal_method in ('sold', 'lost')
    ),

    held as (
        select
            survivors.asset_key,
            asset_rows.assigned_person_id as person_id,
            survivors.valid_from,
            survivors.valid_to
        from {{ ref("int_assets__survivor_spans") }} as survivors
        inner join asset_rows on asset_rows.row_id = survivors.row_id
    ),

    spells as (select * from {{ ref("int_people__spells") }}),

    -- hired again before the due date and still has it: nothing to give back
    rehired as (
        select
            obligations.person_row_id,
            obligations.asset_key,
            greatest(spells.valid_from, held.valid_from) as valid_from,
            least(spells.valid_to, held.valid_to) as valid_to
        from obligations
        inner join
            spells
            on spells.person_id = obligations.person_id
            and spells.spell_no <> obligations.spell_no
            and spells.hire_date
            between obligations.trigger_date and obligations.due_date
        inner join
            held
            on held.asset_key = obligations.asset_key
            and held.person_id = obligations.person_id
            and held.valid_from < spells.valid_to
            and held.valid_to > spells.valid_from
    ),

    parts as (
        select
            person_row_id,
            asset_key,
            1 as due,
            0 as returned,
            0 as excluded,
            greatest(valid_from, due_date) as valid_from,
            valid_to
        from obligations
        union all
        select
            person_row_id,
            asset_key,
            0 as due,
            1 as returned,
            0 as excluded,
            cast(returned_at as date) as valid_from,
            {{ far_future() }} as valid_to
        from obligations
        where returned_at is not null
        union all
        select
            obligations.person_row_id,
            obligations.asset_key,
            0 as due,
            0 as returned,
            1 as excluded,
            written_off.valid_from,
            written_off.valid_to
        from obligations
        inner join written_off on written_off.asset_key = obligations.asset_key
        union all
        select
            person_row_id,
            asset_key,
            0 as due,
            0 as returned,
            1 as excluded,
            valid_from,
            valid_to
        from rehired
    ),

    swept as (
        {{
            sweep(
                "parts",
                keys=["person_row_id", "asset_key"],
                weights=["due", "returned", "excluded"],
                having="due > 0 and excluded = 0",
            )
        }}
    ),

    recovery__obligation_spans as (
        select
            swept.person_row_id,
            swept.asset_key,
            obligations.asset_row_id,
            obligations.source_system,
            obligations.person_id,
            obligations.spell_no,
            obligations.is_inferred,
            obligations.trigger_date,
            obligations.due_date,
            cast(obligations.returned_at as date) as returned_date,
            swept.returned > 0 as is_returned,
            coalesce(
                cast(obligations.returned_at as date) <= obligations.due_date, false
            ) as is_returned_on_time,
            swept.valid_from,
            swept.valid_to
        from swept
        inner join
            obligations
            on obligations.person_row_id = swept.person_row_id
            and obligations.asset_key = swept.asset_key
            and obligations.valid_from <= swept.valid_from
            and obligations.valid_to >= swept.valid_to
    )

select *
from recovery__obligation_spans

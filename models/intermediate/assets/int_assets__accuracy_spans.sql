-- one row per register row of the managed estate and span of days with the same test
-- results
-- long: the five tests of a record, side by side
with
    register as (
        select
            spans.row_id,
            spans.asset_key,
            spans.valid_from,
            spans.valid_to,
            asset_rows.assigned_person_id,
            asset_rows.staleness_days,
            asset_rows.last_verified_at,
            asset_rows.last_changed_at,
            faults.is_complete,
            faults.is_valid,
            faults.invalid_from,
            faults.is_status_consistent
        from {{ ref("int_assets__register_spans") }} as spans
        inner join
            {{ ref("int_assets__rows") }} as asset_rows
            on asset_rows.row_id = spans.row_id
        inner join
            {{ ref("int_assets__record_faults") }} as faults
            on faults.row_id = spans.row_id
    ),

    employed as (
        select
            person_id,
            greatest(valid_from, active_from) as valid_from,
            least(valid_to, active_to) as valid_to
        from {{ ref("int_people__spells") }}
    ),

    employed_people as ({{ merge_spans("employed", ["person_id"]) }}),

    -- each test is a mark that a row must have, or must not have, on a day
    marks as (
        select row_id, 'present' as mark, valid_from, valid_to
        from register
        union all
        select row_id, 'complete' as mark, valid_from, valid_to
        from register
        where is_complete
        union all
        select
            row_id,
            'valid' as mark,
            valid_from,
            least(valid_to, coalesce(invalid_from, valid_to)) as valid_to
        from register
        where is_valid
        union all
        select
            register.row_id,
            'doubled' as mark,
            greatest(register.valid_from, doubled.valid_from) as valid_from,
            least(register.valid_to, doubled.valid_to) as valid_to
        from register
        inner join
            {{ ref("int_assets__duplicate_spans") }} as doubled
            on doubled.row_id = register.row_id
            and doubled.valid_from < register.valid_to
            and doubled.valid_to > register.valid_from
        union all
        select
            row_id,
            'current' as mark,
            valid_from,
            least(
                valid_to,
                {{
                    add_days(
                        "cast(greatest(coalesce(last_verified_at, last_changed_at), coalesce(last_changed_at, last_verified_at)) as date)",
                        "staleness_days + 1",
                    )
                }}
            ) as valid_to
        from register
        where last_verified_at is not null or last_changed_at is not null
        union all
        select
            register.row_id,
            'current' as mark,
            greatest(register.valid_from, seen.valid_from) as valid_from,
            least(register.valid_to, seen.valid_to) as valid_to
        from register
        inner join
            {{ ref("int_assets__current_spans") }} as seen
            on seen.asset_key = register.asset_key
            and seen.staleness_days = register.staleness_days
            and seen.valid_from < register.valid_to
            and seen.valid_to > register.valid_from
        union all
        select row_id, 'consistent' as mark, valid_from, valid_to
        from register
        where is_status_consistent and assigned_person_id is null
        union all
        select
            register.row_id,
            'consistent' as mark,
            greatest(register.valid_from, employed_people.valid_from) as valid_from,
            least(register.valid_to, employed_people.valid_to) as valid_to
        from register
        inner join
            employed_people
            on employed_people.person_id = register.assigned_person_id
            and employed_people.valid_from < register.valid_to
            and employed_people.valid_to > register.valid_from
        where register.is_status_consistent
        union all
        -- without people the test is skipped as a whole
        select
            register.row_id,
            'consistent' as mark,
            greatest(register.valid_from, down.valid_from) as valid_from,
            least(register.valid_to, down.valid_to) as valid_to
        from register
        inner join
            {{ ref("int_feeds__down_spans") }} as down
            on down.feed = 'person'
            and down.valid_from < register.valid_to
            and down.valid_to > register.valid_from
    ),

    {% set marks = [
        "present",
        "complete",
        "valid",
        "doubled",
        "current",
        "consistent",
    ] -%}
    {%- set weights = [] -%}
    {%- for mark in marks -%} {%- do weights.append(mark ~ "_marks") -%} {%- endfor %}
    parts as (
        select
            row_id,
            {%- for mark in marks %}
                case when mark = '{{ mark }}' then 1 else 0 end as {{ mark }}_marks,
            {%- endfor %}
            valid_from,
            valid_to
        from marks
    ),

    swept as ({{ sweep("parts", ["row_id"], weights, "present_marks > 0") }}),

    accuracy_spans as (
        select
            row_id,
            valid_from,
            valid_to,
            complete_marks > 0 as is_complete,
            valid_marks > 0 as is_valid,
            doubled_marks = 0 as is_unique,
            current_marks > 0 as is_current,
            consistent_marks > 0 as is_consistent
        from swept
    )

select *
from accuracy_spans

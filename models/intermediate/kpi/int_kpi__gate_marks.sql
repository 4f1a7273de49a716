-- one row per KPI and as-of date that a check of the gate has marked
with
    marks as (select * from {{ ref("stg_ledger__gate_marks") }}),

    needs as (
        select kpi_id, feed
        from {{ ref("stg_policy__kpi_needs") }}
        group by kpi_id, feed
    ),

    kpis as (select kpi_id from {{ ref("stg_policy__kpi_definitions") }}),

    dates as (select as_of_date from {{ ref("int_calendar__as_of_dates") }}),

    marked as (
        select kpi_id, is_compromised, sentence, valid_from, valid_to
        from marks
        where kpi_id is not null
        union all
        select
            needs.kpi_id,
            marks.is_compromised,
            marks.sentence,
            marks.valid_from,
            marks.valid_to
        from marks
        inner join needs on needs.feed = marks.feed
        where marks.kpi_id is null
        union all
        select
            kpis.kpi_id,
            marks.is_compromised,
            marks.sentence,
            marks.valid_from,
            marks.valid_to
        from marks
        cross join kpis
        where marks.kpi_id is null and marks.feed is null
    ),

    said as (
        select
            marked.kpi_id,
            dates.as_of_date,
            marked.sentence,
            max(case when marked.is_compromised then 1 else 0 end) as is_compromised
        from marked
        inner join
            dates
            on dates.as_of_date >= marked.valid_from
            and dates.as_of_date < marked.valid_to
        group by marked.kpi_id, dates.as_of_date, marked.sentence
    ),

    int_kpi__gate_marks as (
        select
            kpi_id,
            as_of_date,
            max(is_compromised) = 1 as is_compromised,
            {{ dbt.listagg("sentence", "' '", "order by sentence") }} as sentences
        from said
        group by kpi_id, as_of_date
    )

select *
from int_kpi__gate_marks

-- one row per sanitization record and data-bearing register row (version) of the asset
-- it is about
with
    matches as (select * from {{ ref("int_assurance__sanitization_matches") }}),

    records as (select * from {{ ref("stg_assurance__sanitization") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }} where is_data_bearing),

    methods as (
        select 'clear' as method, 1 as strength
        union all
        select 'purge' as method, 2 as strength
        union all
        select 'destroy' as method, 3 as strength
    ),

    judged as (
        select
            matches.asset_row_id,
            matches.record_row_id,
            nullif({{ alphanumeric("records.media_serial") }}, '') as media_serial,
            cast(records.performed_at as date) as performed_date,
            cast(records.verified_at as date) as verified_date,
            case
                when records.result <> 'success'
                then 'failed'
                when methods.strength < coalesce(required.strength, 0)
                then 'too_weak'
                when cast(records.performed_at as date) > asset_rows.disposed_date
                then 'after_disposal'
                when coalesce(records.certificate_id, '') = ''
                then 'uncertified'
                when records.verified_at is null
                then 'unverified'
            end as fault
        from matches
        inner join records on records.row_id = matches.record_row_id
        inner join asset_rows on asset_rows.row_id = matches.asset_row_id
        inner join methods on methods.method = records.method
        left join methods as required on required.method = asset_rows.min_sanitization
    ),

    sanitization_records as (
        select
            judged.*,
            case
                when fault is null then greatest(verified_date, performed_date)
            end as valid_date
        from judged
    )

select *
from sanitization_records

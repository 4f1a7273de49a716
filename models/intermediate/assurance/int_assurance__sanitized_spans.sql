-- one row per register row (version) and span of days on which its asset has a valid
-- long: what makes a record valid, and the media that need one each
-- sanitization record
with
    matches as (select * from {{ ref("int_assurance__sanitization_matches") }}),

    records as (select * from {{ ref("stg_assurance__sanitization") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

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
            nullif({{ alphanumeric("records.media_serial") }}, '') as media_serial,
            cast(records.performed_at as date) as performed_date,
            case
                when
                    records.result = 'success'
                    and records.verified_at is not null
                    and records.certificate_id <> ''
                    and methods.strength >= coalesce(required.strength, 0)
                    and (
                        asset_rows.disposed_date is null
                        or cast(records.performed_at as date)
                        <= asset_rows.disposed_date
                    )
                then
                    greatest(
                        cast(records.verified_at as date),
                        cast(records.performed_at as date)
                    )
            end as valid_date
        from matches
        inner join records on records.row_id = matches.record_row_id
        inner join asset_rows on asset_rows.row_id = matches.asset_row_id
        inner join methods on methods.method = records.method
        left join methods as required on required.method = asset_rows.min_sanitization
        where asset_rows.is_data_bearing
    ),

    valid_records as (
        select asset_row_id, min(valid_date) as valid_date
        from judged
        where valid_date is not null
        group by asset_row_id
    ),

    -- every medium that is known needs a record of its own
    media as (
        select
            asset_row_id,
            media_serial,
            min(performed_date) as known_date,
            min(valid_date) as valid_date
        from judged
        where media_serial is not null
        group by asset_row_id, media_serial
    ),

    parts as (
        select
            asset_row_id,
            1 as valid_records,
            0 as open_media,
            valid_date as valid_from,
            {{ far_future() }} as valid_to
        from valid_records
        union all
        select
            asset_row_id,
            0 as valid_records,
            1 as open_media,
            known_date as valid_from,
            coalesce(valid_date, {{ far_future() }}) as valid_to
        from media
    ),

    assurance__sanitized_spans as (
        select asset_row_id, valid_from, valid_to
        from
            (
                {{
                    sweep(
                        "parts",
                        keys=["asset_row_id"],
                        weights=["valid_records", "open_media"],
                        having="valid_records > 0 and open_media = 0",
                    )
                }}
            ) as days
    )

select *
from assurance__sanitized_spans

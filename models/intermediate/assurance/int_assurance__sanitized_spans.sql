-- one row per register row (version) and span of days on which its asset has a valid
-- sanitization record
with
    judged as (select * from {{ ref("int_assurance__sanitization_records") }}),

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

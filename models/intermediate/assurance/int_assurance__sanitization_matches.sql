-- one row per sanitization record and register row (version) of the asset it is about
-- long: two ways to match, side by side
with
    records as (
        select
            record.row_id as record_row_id,
            record.source_system,
            nullif(trim(record.asset_id), '') as asset_id,
            case
                when length({{ alphanumeric("record.serial_number") }}) < 4
                then null
                when
                    {{
                        is_placeholder(
                            alphanumeric("record.serial_number"),
                            "placeholders.placeholder",
                        )
                    }}
                then null
                else {{ alphanumeric("record.serial_number") }}
            end as serial
        from {{ ref("stg_assurance__sanitization") }} as record
        left join
            (
                select {{ alphanumeric("placeholder") }} as placeholder
                from {{ ref("stg_policy__serial_placeholder") }}
                group by 1
            ) as placeholders
            on placeholders.placeholder = {{ alphanumeric("record.serial_number") }}
    ),

    asset_ids as (
        select * from {{ ref("int_assets__ids") }} where ref_kind = 'asset_id'
    ),

    ever_rows as (
        select
            ever_spans.asset_key,
            ever_spans.row_id as asset_row_id,
            asset_rows.serial,
            ever_spans.valid_from,
            ever_spans.valid_to
        from {{ ref("int_assets__ever_spans") }} as ever_spans
        inner join
            {{ ref("int_assets__rows") }} as asset_rows
            on asset_rows.row_id = ever_spans.row_id
    ),

    by_asset_id as (
        select records.record_row_id, ever_rows.asset_row_id
        from records
        inner join
            asset_ids
            on asset_ids.ref_id = records.asset_id
            and (asset_ids.source_system = records.source_system or asset_ids.is_sole)
        inner join
            ever_rows
            on ever_rows.asset_key = asset_ids.asset_key
            and ever_rows.valid_from < asset_ids.valid_to
            and ever_rows.valid_to > asset_ids.valid_from
        where records.serial is null or records.serial = ever_rows.serial
    ),

    -- a serial without its manufacturer leads to an asset when only one has it
    lone_serials as (
        select serial, min(asset_key) as asset_key
        from ever_rows
        where serial is not null
        group by serial
        having min(asset_key) = max(asset_key)
    ),

    by_serial as (
        select records.record_row_id, ever_rows.asset_row_id
        from records
        inner join lone_serials on lone_serials.serial = records.serial
        inner join
            ever_rows
            on ever_rows.asset_key = lone_serials.asset_key
            and ever_rows.serial = records.serial
    ),

    assurance__sanitization_matches as (
        select record_row_id, asset_row_id
        from by_asset_id
        union
        select record_row_id, asset_row_id
        from by_serial
    )

select *
from assurance__sanitization_matches

-- one row per stocktake line with an expected asset, register row it is compared
-- with, and span of days
-- long: a line is read, resolved, compared and judged in one place
with
    lines as (
        select *
        from {{ ref("stg_assurance__physical_count") }}
        where expected_asset_id is not null
    ),

    placeholders as (
        select {{ alphanumeric("placeholder") }} as placeholder
        from {{ ref("stg_policy__serial_placeholder") }}
        group by 1
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    asset_ids as (
        select * from {{ ref("int_assets__ids") }} where ref_kind = 'asset_id'
    ),

    found as (
        select
            lines.row_id as line_row_id,
            lines.source_system,
            lines.count_id,
            lines.line_id,
            lines.expected_asset_id,
            lines.counted_at,
            cast(lines.counted_at as date) as counted_date,
            case
                when length({{ alphanumeric("lines.found_serial") }}) < 4
                then null
                when
                    {{
                        is_placeholder(
                            alphanumeric("lines.found_serial"),
                            "placeholders.placeholder",
                        )
                    }}
                then null
                else {{ alphanumeric("lines.found_serial") }}
            end as found_serial,
            upper(trim(lines.found_asset_tag)) as found_asset_tag,
            trim(lines.found_location) as found_location,
            lines.found_person_id
        from lines
        left join
            placeholders
            on placeholders.placeholder = {{ alphanumeric("lines.found_serial") }}
    ),

    -- the register's last word when the line was counted, else its first one
    compared as (
        select *
        from
            (
                select
                    found.line_row_id,
                    asset_ids.asset_key,
                    asset_ids.valid_from,
                    asset_ids.valid_to,
                    asset_rows.row_id as asset_row_id,
                    row_number() over (
                        partition by found.line_row_id, asset_ids.valid_from
                        order by
                            case
                                when asset_rows.extracted_at <= found.counted_at
                                then 0
                                else 1
                            end,
                            case
                                when asset_rows.extracted_at <= found.counted_at
                                then asset_rows.extracted_at
                            end desc nulls last,
                            asset_rows.extracted_at
                    ) as place
                from found
                inner join
                    asset_ids
                    on asset_ids.ref_id = found.expected_asset_id
                    and (
                        asset_ids.source_system = found.source_system
                        or asset_ids.is_sole
                    )
                inner join
                    asset_rows
                    on asset_rows.source_system = asset_ids.source_system
                    and asset_rows.asset_id = asset_ids.ref_id
            ) as ranked
        where place = 1
    ),

    -- on days on which the register does not know the asset the line stands alone
    parts as (
        select
            line_row_id,
            1 as counted,
            cast(0 as bigint) as asset_row_id,
            counted_date as valid_from,
            {{ t12m_end("counted_date") }} as valid_to
        from found
        union all
        select line_row_id, 0 as counted, asset_row_id, valid_from, valid_to
        from compared
    ),

    swept as (
        {{
            sweep(
                "parts",
                keys=["line_row_id"],
                weights=["counted", "asset_row_id"],
                having="counted > 0",
            )
        }}
    ),

    judged as (
        select
            found.line_row_id,
            found.source_system,
            found.count_id,
            found.line_id,
            found.expected_asset_id,
            found.counted_at,
            compared.asset_key,
            compared.asset_row_id,
            found.found_serial is not null
            or coalesce(found.found_asset_tag <> '', false) as is_anything_found,
            coalesce(
                case
                    when found.found_serial is not null
                    then found.found_serial = asset_rows.serial
                    else found.found_asset_tag = asset_rows.asset_tag
                end,
                false
            ) as is_item_matched,
            coalesce(
                coalesce(nullif(found.found_location, ''), '(unassigned)')
                = asset_rows.location,
                false
            ) as is_location_matched,
            coalesce(found.found_person_id, '')
            = coalesce(asset_rows.assigned_person_id, '') as is_person_matched,
            swept.valid_from,
            swept.valid_to
        from swept
        inner join found on found.line_row_id = swept.line_row_id
        left join
            compared
            on compared.line_row_id = swept.line_row_id
            and compared.valid_from <= swept.valid_from
            and compared.valid_to >= swept.valid_to
        left join asset_rows on asset_rows.row_id = compared.asset_row_id
    ),

    assurance__count_lines as (
        select
            judged.*,
            is_item_matched and is_location_matched and is_person_matched as is_matched
        from judged
    )

select *
from assurance__count_lines

-- one row per stocktake line and span of days on which one register row survives for
-- its asset
with
    count_lines as (select * from {{ ref("int_assurance__count_lines") }}),

    ever_spans as (select * from {{ ref("int_assets__ever_spans") }}),

    -- compared with the row of its own id, sliced by the row that survives for the
    -- asset on the day (G21)
    count_spans as (
        select
            count_lines.source_system,
            count_lines.count_id,
            count_lines.line_id,
            count_lines.counted_at,
            count_lines.asset_key,
            ever_spans.row_id,
            count_lines.is_anything_found,
            count_lines.is_item_matched,
            count_lines.is_location_matched,
            count_lines.is_person_matched,
            count_lines.is_matched,
            greatest(
                count_lines.valid_from,
                coalesce(ever_spans.valid_from, count_lines.valid_from)
            ) as valid_from,
            least(
                count_lines.valid_to,
                coalesce(ever_spans.valid_to, count_lines.valid_to)
            ) as valid_to
        from count_lines
        left join
            ever_spans
            on ever_spans.asset_key = count_lines.asset_key
            and ever_spans.valid_from < count_lines.valid_to
            and ever_spans.valid_to > count_lines.valid_from
    )

select *
from count_spans

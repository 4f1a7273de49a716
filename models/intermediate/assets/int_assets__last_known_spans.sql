-- one row per register row version and the days on which it is the last that was
-- known of its asset_id
with
    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    last_known_spans as (
        select
            row_id,
            source_system,
            asset_id,
            asset_key,
            ci_id,
            finance_asset_id,
            last_changed_at,
            valid_from,
            coalesce(
                lead(valid_from) over (
                    partition by source_system, asset_id order by extracted_at
                ),
                {{ far_future() }}
            ) as valid_to
        from asset_rows
    )

select *
from last_known_spans
where valid_from < valid_to

-- one row per register row version and uninterrupted span of days on which it is in
-- the state
with
    register as (select * from {{ state_of("stg_cmdb__hardware_asset") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    register_spans as (
        select
            register.row_id,
            register.source_system,
            register.asset_id,
            asset_rows.asset_key,
            asset_rows.last_changed_at,
            register.valid_from,
            register.valid_to
        from register
        inner join asset_rows on asset_rows.row_id = register.row_id
    )

select *
from register_spans

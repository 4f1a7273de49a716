-- one row per matched device and span of days with one surviving register row of its
-- asset
with
    matches as (select * from {{ ref("int_devices__match_spans") }}),

    survivors as (select * from {{ ref("int_assets__survivor_spans") }}),

    asset_spans as (
        select
            matches.device_key,
            matches.asset_key,
            survivors.row_id as asset_row_id,
            greatest(matches.valid_from, survivors.valid_from) as valid_from,
            least(matches.valid_to, survivors.valid_to) as valid_to
        from matches
        inner join
            survivors
            on survivors.asset_key = matches.asset_key
            and survivors.valid_from < matches.valid_to
            and survivors.valid_to > matches.valid_from
    )

select *
from asset_spans

-- one row per register row and span of days on which another row of the state claims
-- its serial number or its tag
with
    register as (
        select
            spans.row_id,
            spans.valid_from,
            spans.valid_to,
            case
                when asset_rows.serial is not null
                then
                    concat_ws(
                        '',
                        'serial|',
                        coalesce(asset_rows.manufacturer_key, ''),
                        '|',
                        asset_rows.serial
                    )
            end as serial_claim,
            case
                when asset_rows.asset_tag is not null
                then concat_ws('', 'tag|', asset_rows.asset_tag)
            end as tag_claim,
            concat_ws('', spans.source_system, '|', spans.asset_id) as register_id
        from {{ ref("int_assets__register_spans") }} as spans
        inner join
            {{ ref("int_assets__rows") }} as asset_rows
            on asset_rows.row_id = spans.row_id
    ),

    claims as (
        select
            serial_claim as claim,
            register_id,
            row_id,
            1 as claimants,
            valid_from,
            valid_to
        from register
        where serial_claim is not null
        union all
        select
            tag_claim as claim,
            register_id,
            row_id,
            1 as claimants,
            valid_from,
            valid_to
        from register
        where tag_claim is not null
    ),

    disputed as (
        select claim from claims group by claim having count(distinct register_id) > 1
    ),

    disputed_claims as (
        select claims.* from claims inner join disputed on disputed.claim = claims.claim
    ),

    doubled as (
        {{ sweep("disputed_claims", ["claim"], ["claimants"], "claimants > 1") }}
    ),

    rows_of_doubled as (
        select
            disputed_claims.row_id,
            greatest(disputed_claims.valid_from, doubled.valid_from) as valid_from,
            least(disputed_claims.valid_to, doubled.valid_to) as valid_to
        from disputed_claims
        inner join
            doubled
            on doubled.claim = disputed_claims.claim
            and doubled.valid_from < disputed_claims.valid_to
            and doubled.valid_to > disputed_claims.valid_from
    ),

    duplicate_spans as ({{ merge_spans("rows_of_doubled", ["row_id"]) }})

select *
from duplicate_spans

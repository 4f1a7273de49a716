-- one row per id of an asset, its source and span of days on which it leads to one
-- asset
with
    known as (select * from {{ ref("int_assets__last_known_spans") }}),

    asset_ids as (
        select 'asset_id' as ref_kind, asset_id as ref_id, known.* from known
    ),

    ci_ids as (
        select 'ci_id' as ref_kind, ci_id as ref_id, known.*
        from known
        where ci_id <> ''
    ),

    finance_ids as (
        select 'finance_asset_id' as ref_kind, finance_asset_id as ref_id, known.*
        from known
        where finance_asset_id <> ''
    ),

    named as (
        select *
        from asset_ids
        union all
        select *
        from ci_ids
        union all
        select *
        from finance_ids
    ),

    -- two assets of one source may claim an id: the one that changed last has it
    chosen as (
        {{
            pick_best(
                "named",
                keys=["ref_kind", "ref_id", "source_system"],
                owner="asset_id",
                order_by="rivals.last_changed_at desc nulls last, rivals.asset_id",
            )
        }}
    ),

    keyed as (
        select
            chosen.ref_kind,
            chosen.ref_id,
            chosen.source_system,
            known.asset_key as entity_key,
            chosen.valid_from,
            chosen.valid_to
        from chosen
        inner join known on known.row_id = chosen.row_id
    ),

    merged as (
        {{
            merge_spans(
                "keyed", ["ref_kind", "ref_id", "source_system", "entity_key"]
            )
        }}
    ),

    ids as ({{ sole_references("merged") }})

select
    ref_kind,
    ref_id,
    source_system,
    entity_key as asset_key,
    is_sole,
    valid_from,
    valid_to
from ids

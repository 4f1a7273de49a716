-- one row per patch, source and span of days on which it applies, with the day on
-- which it is due
with
    catalog as (select * from {{ state_of("stg_patch__patch_catalog") }}),

    sla as (select * from {{ ref("stg_policy__sla_policy") }}),

    named as (
        select
            'patch_id' as ref_kind,
            patch_id as ref_id,
            source_system,
            row_id as entity_key,
            valid_from,
            valid_to
        from catalog
    ),

    ids as ({{ sole_references("named") }}),

    catalog_spans as (
        select
            ids.ref_id as patch_id,
            ids.source_system,
            ids.is_sole,
            lower(catalog.severity) as severity,
            catalog.released_at,
            sla.deadline_hours,
            cast(
                {{ dbt.dateadd("hour", "sla.deadline_hours", "catalog.released_at") }}
                as date
            ) as due_on,
            ids.valid_from,
            ids.valid_to
        from ids
        inner join catalog on catalog.row_id = ids.entity_key
        inner join sla on sla.severity = lower(catalog.severity)
        where
            not coalesce(catalog.is_expired, false)
            and catalog.superseded_by is null
            and catalog.valid_from <= ids.valid_from
            and catalog.valid_to >= ids.valid_to
    )

select *
from catalog_spans

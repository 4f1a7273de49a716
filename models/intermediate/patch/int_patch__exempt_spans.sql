-- one row per device, patch that is due and exempt, and span of days
with
    pairs as (select * from {{ ref("int_patch__pair_spans") }}),

    statuses as (
        select *
        from {{ ref("stg_patch__patch_status") }}
        where
            state <> 'not_applicable'
            and exemption_id is not null
            and exemption_approver is not null
            and exemption_expires_on is not null
    ),

    catalog as (select * from {{ ref("int_patch__catalog_spans") }}),

    exempt_spans as (
        select
            pairs.device_key,
            pairs.patch_id,
            catalog.severity,
            greatest(
                pairs.valid_from, catalog.valid_from, catalog.due_on
            ) as valid_from,
            least(
                pairs.valid_to,
                catalog.valid_to,
                {{ add_days("statuses.exemption_expires_on", 1) }}
            ) as valid_to
        from pairs
        inner join statuses on statuses.row_id = pairs.row_id
        inner join
            catalog
            on catalog.patch_id = pairs.patch_id
            and (catalog.source_system = statuses.source_system or catalog.is_sole)
            and catalog.valid_from < pairs.valid_to
            and catalog.valid_to > pairs.valid_from
    )

select *
from exempt_spans
where valid_from < valid_to

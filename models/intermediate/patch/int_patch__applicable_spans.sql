-- one row per device, patch that applies to it and span of days with one state and
-- without an exemption
with
    pairs as (select * from {{ ref("int_patch__pair_spans") }}),

    statuses as (select * from {{ ref("stg_patch__patch_status") }}),

    catalog as (select * from {{ ref("int_patch__catalog_spans") }}),

    -- an exemption needs an approver and holds until its last day
    stated as (
        select
            pairs.device_key,
            pairs.patch_id,
            pairs.row_id,
            statuses.source_system,
            statuses.state,
            statuses.first_applicable_at,
            statuses.installed_at,
            greatest(
                pairs.valid_from,
                case
                    when
                        statuses.exemption_id is not null
                        and statuses.exemption_approver is not null
                        and statuses.exemption_expires_on is not null
                    then {{ add_days("statuses.exemption_expires_on", 1) }}
                    else pairs.valid_from
                end
            ) as valid_from,
            pairs.valid_to
        from pairs
        inner join statuses on statuses.row_id = pairs.row_id
        where statuses.state <> 'not_applicable'
    ),

    applicable_spans as (
        select
            stated.device_key,
            stated.patch_id,
            stated.row_id,
            stated.state,
            stated.first_applicable_at,
            stated.installed_at,
            catalog.severity,
            catalog.released_at,
            catalog.deadline_hours,
            catalog.due_on,
            greatest(stated.valid_from, catalog.valid_from) as valid_from,
            least(stated.valid_to, catalog.valid_to) as valid_to
        from stated
        inner join
            catalog
            on catalog.patch_id = stated.patch_id
            and (catalog.source_system = stated.source_system or catalog.is_sole)
            and catalog.valid_from < stated.valid_to
            and catalog.valid_to > stated.valid_from
        where stated.valid_from < stated.valid_to
    )

select *
from applicable_spans
where valid_from < valid_to

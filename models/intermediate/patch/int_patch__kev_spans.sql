-- one row per device, patch against a known exploited vulnerability, and span of days
-- with one state
with
    pairs as (
        select *
        from {{ ref("int_patch__applicable_spans") }}
        where state in ('missing', 'failed', 'installed')
    ),

    catalog as (
        select
            patch_id,
            concat_ws('', ',', replace(upper(cve_ids), ' ', ''), ',') as cve_ids
        from {{ ref("stg_patch__patch_catalog") }}
        where cve_ids is not null
        group by 1, 2
    ),

    kev as (
        select upper(trim(cve_id)) as cve_id, due_date
        from {{ ref("stg_reference__kev") }}
        where due_date is not null
    ),

    -- a patch is due when the first of its vulnerabilities is
    due_patches as (
        select catalog.patch_id, min(kev.due_date) as due_date
        from catalog
        inner join kev on catalog.cve_ids like concat_ws('', '%,', kev.cve_id, ',%')
        group by catalog.patch_id
    ),

    pair_dates as (select * from {{ ref("int_patch__pair_dates") }}),

    kev_spans as (
        select
            pairs.device_key,
            pairs.patch_id,
            due_patches.due_date,
            pairs.state = 'installed' as is_installed,
            pairs.state = 'installed'
            and coalesce(cast(pairs.installed_at as date), pair_dates.installed_date)
            <= due_patches.due_date as is_on_time,
            pairs.valid_from,
            pairs.valid_to
        from pairs
        inner join due_patches on due_patches.patch_id = pairs.patch_id
        inner join
            pair_dates
            on pair_dates.device_key = pairs.device_key
            and pair_dates.patch_id = pairs.patch_id
    )

select *
from kev_spans

-- one row per rule about the rows of a log, and feed
-- long: the list of feeds and their staging models
{% set staged = {
    "hardware_asset": "stg_cmdb__hardware_asset",
    "asset_event": "stg_cmdb__asset_event",
    "device_discovery": "stg_discovery__device_discovery",
    "software_install": "stg_discovery__software_install",
    "person": "stg_hr__person",
    "entitlement": "stg_licensing__entitlement",
    "license_assignment": "stg_licensing__license_assignment",
    "contract": "stg_licensing__contract",
    "renewal_event": "stg_licensing__renewal_event",
    "incident": "stg_service_desk__incident",
    "outage": "stg_service_desk__outage",
    "patch_catalog": "stg_patch__patch_catalog",
    "patch_status": "stg_patch__patch_status",
    "cost_line": "stg_finance__cost_line",
    "budget_line": "stg_finance__budget_line",
    "fixed_asset": "stg_finance__fixed_asset",
    "cloud_cost": "stg_cloud__cloud_cost",
    "audit": "stg_assurance__audit",
    "audit_finding": "stg_assurance__audit_finding",
    "physical_count": "stg_assurance__physical_count",
    "sanitization": "stg_assurance__sanitization",
    "fx_rate": "stg_reference__fx_rate",
    "kev": "stg_reference__kev",
    "product_lifecycle": "stg_reference__product_lifecycle",
} %}
{% set sighted = [
    "device_discovery",
    "software_install",
    "license_assignment",
    "patch_status",
] %}
with
    ledger as (
        select
            feed,
            batch_id,
            rows_inserted + rows_changed as rows_written,
            rows_inserted,
            rows_deleted
        from {{ source("landing", "deliveries") }}
        where extracted_at is not null
    ),

    {% for feed, model in staged.items() %}
        log_of_{{ feed }} as (
            select
                batch_id,
                sum(case when change_type = 'upsert' then 1 else 0 end) as upserts,
                sum(case when change_type = 'delete' then 1 else 0 end) as tombstones
            from {{ source("raw", feed) }}
            group by batch_id
        ),
    {% endfor %}

    logs as (
        {% for feed in staged %}
            select '{{ feed }}' as feed, *
            from log_of_{{ feed }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    written as (
        select
            coalesce(ledger.feed, logs.feed) as feed,
            coalesce(ledger.rows_written, 0) as rows_written,
            coalesce(ledger.rows_deleted, 0) as rows_deleted,
            coalesce(logs.upserts, 0) as upserts,
            coalesce(logs.tombstones, 0) as tombstones
        from ledger
        full outer join logs on logs.batch_id = ledger.batch_id
    ),

    -- a snapshot keeps every version, events and references the newest of each key
    known as (
        select
            feed,
            case
                when feed in ('{{ feeds_of_kind("snapshot") | join("', '") }}')
                then sum(rows_written)
                else sum(rows_inserted) - sum(rows_deleted)
            end as rows_known
        from ledger
        group by feed
    ),

    staged as (
        {% for feed, model in staged.items() %}
            select '{{ feed }}' as feed, count(*) as rows_staged
            from {{ ref(model) }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    sightings as (
        {% for feed in sighted %}
            select
                '{{ feed }}' as feed,
                (
                    select count(*)
                    from {{ source("landing", feed ~ "_sightings") }}
                    where change_type = 'upsert'
                ) as rows_logged,
                (
                    select count(*) from {{ ref(staged[feed] ~ "_sightings") }}
                ) as rows_staged
                {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    reconciled_rows as (
        select
            'rows_in_raw' as rule,
            feed,
            sum(rows_written + rows_deleted) as expected,
            sum(upserts + tombstones) as found,
            sum(
                abs(rows_written - upserts) + abs(rows_deleted - tombstones)
            ) as difference
        from written
        group by feed
        union all
        select
            'rows_in_staging' as rule,
            staged.feed,
            coalesce(known.rows_known, 0) as expected,
            staged.rows_staged as found,
            abs(coalesce(known.rows_known, 0) - staged.rows_staged) as difference
        from staged
        left join known on known.feed = staged.feed
        union all
        select
            'sightings_in_staging' as rule,
            feed,
            rows_logged as expected,
            rows_staged as found,
            abs(rows_logged - rows_staged) as difference
        from sightings
    )

select *
from reconciled_rows

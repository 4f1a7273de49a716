-- one row per version of a register row of the managed estate: what is wrong with the
-- row itself
with
    asset_rows as (select * from {{ ref("int_assets__rows") }} where is_managed_estate),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    known_currencies as (
        select upper(trim(from_currency)) as currency
        from {{ ref("stg_reference__fx_rate") }}
        union
        select upper(trim(to_currency)) as currency
        from {{ ref("stg_reference__fx_rate") }}
        union
        select upper(base_currency) as currency
        from policy
    ),

    -- the days from which a retirement or a disposal contradicts an earlier stage;
    -- before they do not exist
    dated as (
        select
            asset_rows.*,
            greatest(
                coalesce(purchase_date, date '0001-01-01'),
                coalesce(received_date, date '0001-01-01'),
                coalesce(in_service_date, date '0001-01-01')
            ) as last_early_date
        from asset_rows
    ),

    record_faults as (
        select
            dated.row_id,
            coalesce(
                dated.asset_tag is not null
                and dated.model is not null
                and dated.location <> '(unassigned)'
                and dated.purchase_date is not null
                and dated.purchase_cost is not null
                and (
                    dated.assigned_person_id is not null or dated.stockroom is not null
                )
                and (dated.serial is not null or not dated.is_serial_required),
                false
            ) as is_complete,
            coalesce(dated.purchase_date <= dated.received_date, true)
            and coalesce(dated.purchase_date <= dated.in_service_date, true)
            and coalesce(dated.received_date <= dated.in_service_date, true)
            and coalesce(dated.purchase_cost >= 0, true)
            and (
                dated.purchase_cost is null or known_currencies.currency is not null
            ) as is_valid,
            case
                when
                    dated.retired_date < dated.last_early_date
                    and coalesce(dated.disposed_date < dated.last_early_date, false)
                then least(dated.retired_date, dated.disposed_date)
                when dated.retired_date < dated.last_early_date
                then dated.retired_date
                when dated.disposed_date < dated.last_early_date
                then dated.disposed_date
                when dated.disposed_date < dated.retired_date
                then dated.retired_date
            end as invalid_from,
            coalesce(
                (
                    dated.canonical_status <> 'deployed'
                    or dated.assigned_person_id is not null
                    or (dated.is_shared_asset and dated.location <> '(unassigned)')
                )
                and (
                    dated.canonical_status <> 'in_stock'
                    or dated.assigned_person_id is null
                ),
                false
            ) as is_status_consistent
        from dated
        left join known_currencies on known_currencies.currency = dated.currency
    )

select *
from record_faults

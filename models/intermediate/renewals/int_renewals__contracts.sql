-- one row per contract and version
with
    contracts as (select * from {{ ref("stg_licensing__contract") }}),

    statuses as (
        select * from {{ ref("int_policy__statuses") }} where feed = 'contract'
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    renewals__contracts as (
        select
            contracts.row_id as contract_row_id,
            contracts.source_system,
            contracts.contract_id,
            contracts.contract_type,
            contracts.supplier,
            statuses.canonical_status,
            contracts.start_date,
            contracts.end_date,
            coalesce(contracts.notice_days, policy.default_notice_days) as notice_days,
            contracts.notice_days is null as is_default_notice,
            coalesce(contracts.auto_renew, false) as is_auto_renewed,
            contracts.annual_value,
            contracts.total_value,
            contracts.currency,
            contracts.cost_center,
            contracts.contract_type
            in ('software', 'saas', 'maintenance', 'cloud_commit')
            and statuses.canonical_status
            in ('active', 'cancelled') as is_renewal_decision
        from contracts
        cross join policy
        inner join
            statuses
            on statuses.source_system = contracts.source_system
            and statuses.raw_status = lower(trim(coalesce(contracts.status, '')))
    )

select *
from renewals__contracts

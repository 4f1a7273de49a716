-- one row per contract and source, as last known
with
    newest as (
        select
            contract.*,
            row_number() over (
                partition by contract.source_system, contract.contract_id
                order by contract.extracted_at desc
            ) as versions_from_newest
        from {{ ref("stg_licensing__contract") }} as contract
    ),

    statuses as (
        select * from {{ ref("int_policy__statuses") }} where feed = 'contract'
    ),

    dim_contract as (
        select
            concat_ws(
                '', newest.source_system, '|', newest.contract_id
            ) as contract_key,
            newest.source_system,
            newest.contract_id,
            newest.contract_type,
            newest.supplier,
            statuses.canonical_status,
            newest.start_date,
            newest.end_date,
            newest.notice_days,
            newest.auto_renew as is_auto_renewed,
            cast(newest.annual_value as decimal(18, 2)) as annual_value,
            cast(newest.total_value as decimal(18, 2)) as total_value,
            upper(trim(newest.currency)) as currency,
            newest.min_quantity,
            coalesce(
                nullif(trim(newest.cost_center), ''), '(unassigned)'
            ) as cost_center,
            newest.renews_contract_id
        from newest
        inner join
            statuses
            on statuses.source_system = newest.source_system
            and statuses.raw_status = lower(trim(coalesce(newest.status, '')))
        where newest.versions_from_newest = 1
    )

select *
from dim_contract

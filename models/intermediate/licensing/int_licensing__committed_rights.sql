-- one row per product and as-of date with rights that a contract commits to
with
    entitlements as (
        select *
        from {{ ref("int_licensing__active_entitlements") }}
        where license_type <> 'maintenance' and contract_id is not null
    ),

    contracts as (
        select * from {{ ref("int_licensing__contract_terms") }} where min_quantity > 0
    ),

    bought as (
        select
            entitlements.product_key,
            contracts.as_of_date,
            contracts.source_system,
            contracts.contract_id,
            contracts.min_quantity,
            sum(entitlements.rights) as rights
        from entitlements
        inner join
            contracts
            on contracts.contract_id = entitlements.contract_id
            and (
                contracts.source_system = entitlements.source_system
                or contracts.is_sole
            )
            and contracts.as_of_date >= entitlements.valid_from
            and contracts.as_of_date < entitlements.valid_to
        group by 1, 2, 3, 4, 5
        having sum(entitlements.rights) > 0
    ),

    -- products of one contract share its commitment by their rights
    shared as (
        select
            bought.*,
            sum(rights) over (
                partition by as_of_date, source_system, contract_id
            ) as rights_of_contract
        from bought
    ),

    committed_rights as (
        select
            product_key,
            as_of_date,
            sum(
                {{
                    share_of(
                        "least(min_quantity, rights_of_contract)",
                        "rights",
                        "rights_of_contract",
                    )
                }}
            ) as committed_rights
        from shared
        group by product_key, as_of_date
    )

select *
from committed_rights

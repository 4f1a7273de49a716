-- one row per product with a need or a right, and as-of date
with
    positions as (select * from {{ ref("int_licensing__positions") }}),

    products as (select * from {{ ref("int_licensing__products") }}),

    fct_license_position as (
        select
            positions.product_key,
            positions.as_of_date,
            positions.metric,
            positions.metric_rule_id,
            positions.is_entitled,
            positions.has_several_metrics,
            positions.exclusion_reason,

            -- what is owned
            cast(positions.rights_exact as decimal(18, 4)) as rights_exact_version,
            cast(positions.rights_downgrade as decimal(18, 4)) as rights_with_downgrade,
            cast(positions.rights_any_version as decimal(18, 4)) as rights_any_version,

            -- what is needed and how much of it the rights can meet
            cast(
                case
                    when positions.exclusion_reason is null then positions.required
                end as decimal(18, 4)
            ) as required_rights,
            cast(
                case
                    when positions.exclusion_reason is null
                    then positions.covered_rights
                end as decimal(18, 4)
            ) as covered_rights,
            cast(
                case
                    when positions.exclusion_reason is null then positions.shortfall
                end as decimal(18, 4)
            ) as shortfall_rights,
            cast(
                case
                    when positions.exclusion_reason is null
                    then
                        positions.rights_exact
                        + positions.rights_downgrade
                        + positions.rights_any_version
                        - positions.covered_rights
                end as decimal(18, 4)
            ) as surplus_rights,

            -- the installs behind it
            cast(
                case
                    when positions.exclusion_reason is null then positions.installs
                end as bigint
            ) as licensable_installs,
            cast(
                case
                    when positions.exclusion_reason is not null
                    then null
                    when products.is_denied
                    then 0
                    else positions.covered_installs
                end as bigint
            ) as compliant_installs
        from positions
        inner join products on products.product_key = positions.product_key
    )

select *
from fct_license_position

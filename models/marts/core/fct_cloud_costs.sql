-- one row per line of a cloud bill, as restated last
with
    cloud_costs as (select * from {{ ref("int_money__cloud_costs") }}),

    cloud_resources as (select * from {{ ref("int_money__cloud_resources") }}),

    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    current_resources as (
        select
            cloud_resources.resource_id, min(cloud_resources.cost_center) as cost_center
        from cloud_resources
        inner join
            calendar
            on cloud_resources.valid_from <= calendar.last_day
            and cloud_resources.valid_to > calendar.last_day
        group by cloud_resources.resource_id
    ),

    fct_cloud_costs as (
        select
            cloud_costs.cloud_cost_key,
            cloud_costs.source_system,
            cloud_costs.billing_account_id,
            cloud_costs.sub_account_id,
            cast(cloud_costs.billing_period_start as date) as billing_period_start_date,
            cloud_costs.charge_date,
            cloud_costs.charge_category,
            cloud_costs.service_provider_name,
            cloud_costs.service_category,
            cloud_costs.service_name,
            cloud_costs.resource_id,
            cloud_costs.region_id,
            cloud_costs.commitment_discount_id,
            cloud_costs.is_unused_commitment,
            case
                when cloud_costs.has_cost_center_tag
                then 'tag'
                when cloud_costs.has_cost_center_account
                then 'account'
                when current_resources.resource_id is not null
                then 'resource'
                else 'unallocated'
            end as allocation,
            case
                when cloud_costs.has_cost_center_tag
                then null
                when cloud_costs.has_cost_center_account
                then cloud_costs.account_cost_center
                else current_resources.cost_center
            end as allocated_cost_center,
            cloud_costs.currency,
            cast(cloud_costs.billed_cost as decimal(38, 12)) as billed_cost,
            cast(cloud_costs.effective_cost as decimal(38, 12)) as effective_cost,
            cast(cloud_costs.billed_cost_base as decimal(38, 12)) as billed_cost_base,
            cast(
                cloud_costs.effective_cost_base as decimal(38, 12)
            ) as effective_cost_base
        from cloud_costs
        left join
            current_resources on current_resources.resource_id = cloud_costs.resource_id
    )

select *
from fct_cloud_costs

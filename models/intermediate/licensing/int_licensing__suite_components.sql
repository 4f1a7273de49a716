-- one row per suite and component
with
    suite as (select * from {{ ref("stg_policy__suite") }}),

    suite_policy as (
        select
            {{ product_key("suite_publisher", "suite") }} as suite_key,
            max(inference_percent) as inference_percent
        from {{ ref("stg_policy__suite_policy") }}
        group by 1
    ),

    components as (
        select
            {{ product_key("suite_publisher", "suite") }} as suite_key,
            {{ product_key("component_publisher", "component") }} as component_key,
            max(case when mandatory then 1 else 0 end) as mandatory
        from suite
        group by 1, 2
    ),

    suite_components as (
        select
            components.suite_key,
            components.component_key,
            components.mandatory,
            suite_policy.inference_percent,
            count(*) over (partition by components.suite_key) as components_of_suite,
            sum(components.mandatory) over (
                partition by components.suite_key
            ) as mandatory_of_suite
        from components
        left join suite_policy on suite_policy.suite_key = components.suite_key
    )

select *
from suite_components

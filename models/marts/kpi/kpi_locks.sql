-- one row per as-of date and maturity level
with
    results as (select * from {{ ref("kpi_results") }} where dim_type = 'all'),

    catalog as (select * from {{ ref("kpi_catalog") }}),

    levels as (select * from {{ ref("stg_policy__maturity_levels") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    register as (
        select as_of_date, value, rag = 'red' or value is null as is_red
        from results
        where kpi_id = 'inventory_accuracy_rate'
    ),

    -- the KPI of the levels below whose members are least known
    least_covered as (
        select
            levels.maturity_level,
            results.as_of_date,
            catalog.name,
            results.coverage,
            row_number() over (
                partition by levels.maturity_level, results.as_of_date
                order by results.coverage, results.kpi_id
            ) as place
        from results
        inner join catalog on catalog.kpi_id = results.kpi_id
        inner join levels on levels.maturity_level > catalog.maturity_level
        where results.coverage is not null
    ),

    kpi_locks as (
        select
            register.as_of_date,
            levels.maturity_level,
            levels.name as level_name,
            levels.maturity_level > 1
            and (
                register.is_red
                or coalesce(
                    least_covered.coverage < policy.low_confidence_coverage, false
                )
            ) as is_locked,
            case
                when levels.maturity_level = 1
                then null
                when register.value is null
                then 'The accuracy of the inventory is unknown: deliver the register.'
                when register.is_red
                then
                    concat_ws(
                        '',
                        'The inventory is ',
                        {{ readable_number("register.value * 100", 1) }},
                        ' % accurate: mend the register first.'
                    )
                when least_covered.coverage < policy.low_confidence_coverage
                then
                    concat_ws(
                        '',
                        least_covered.name,
                        ' covers ',
                        {{ readable_number("least_covered.coverage * 100", 1) }},
                        ' % of its population: a level below is not ready.'
                    )
            end as locked_reason
        from register
        cross join levels
        cross join policy
        left join
            least_covered
            on least_covered.maturity_level = levels.maturity_level
            and least_covered.as_of_date = register.as_of_date
            and least_covered.place = 1
    )

select *
from kpi_locks

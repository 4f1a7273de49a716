-- one row per KPI
with
    catalog as (
        select *
        from {{ ref("stg_policy__kpi_definitions") }}
        where kpi_id in ('{{ var("kpi_ids") | join("', '") }}')
    ),

    needs as (
        select
            kpi_id,
            {{ dbt.listagg("alternative_needs", "' or '", "order by alternative") }}
            as needs,
            max(needs_register) = 1 as is_on_register
        from
            (
                select
                    kpi_id,
                    alternative,
                    {{ dbt.listagg("feed", "', '", "order by feed") }}
                    as alternative_needs,
                    max(
                        case when feed = 'hardware_asset' then 1 else 0 end
                    ) as needs_register
                from {{ ref("stg_policy__kpi_needs") }}
                group by kpi_id, alternative
            ) as alternatives
        group by kpi_id
    ),

    targets as (
        select *
        from {{ ref("stg_policy__kpi_targets") }}
        where coalesce(slice, '') = '' and coalesce(period, '') = ''
    ),

    kpi_catalog as (
        select
            catalog.kpi_id,
            catalog.name,
            catalog.category,
            catalog.question,
            catalog.formula,
            catalog.unit,
            nullif(catalog.direction, '') as direction,
            catalog.window_days,
            catalog.cadence,
            catalog.owner_role,
            catalog.tier,
            catalog.maturity_level,
            needs.needs,
            catalog.dimensions,
            cast(targets.target as double) as target,
            targets.source as target_source,
            catalog.formula_version,
            catalog.guide_id,
            catalog.roles,
            catalog.window_kind,
            catalog.value_kind,
            catalog.value_range,
            case
                when
                    needs.is_on_register
                    and catalog.kpi_id
                    not in ('inventory_accuracy_rate', 'physical_accuracy_rate')
                then 'inventory_accuracy_rate, physical_accuracy_rate'
            end as requires
        from catalog
        inner join needs on needs.kpi_id = catalog.kpi_id
        left join targets on targets.kpi_id = catalog.kpi_id
    )

select *
from kpi_catalog

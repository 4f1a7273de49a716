-- one row per KPI, as-of date and slice
-- long: what is the same for every KPI is added here, once
with
    measures as (select * from {{ ref("kpi_measures") }}),

    catalog as (select * from {{ ref("stg_policy__kpi_definitions") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    dates as (select * from {{ ref("int_calendar__as_of_dates") }}),

    on_register as (
        select kpi_id
        from {{ ref("stg_policy__kpi_needs") }}
        where
            feed = 'hardware_asset'
            and kpi_id not in ('inventory_accuracy_rate', 'physical_accuracy_rate')
        group by kpi_id
    ),

    targets as (select * from {{ ref("kpi_targets_in_force") }}),

    baselines as (select *, 'all' as dim_type from {{ ref("kpi_baselines") }}),

    impacts as (select * from {{ ref("int_kpi__impact_cells") }}),

    statements as (select * from {{ ref("kpi_sentences") }}),

    gate_marks as (select * from {{ ref("int_kpi__gate_marks") }}),

    -- whether the organisation lets the register's accuracy lower trust
    gate as (
        select max(case when severity = 'warn' then 0 else 1 end) = 1 as lowers_trust
        from {{ ref("stg_policy__gate_policy") }}
        where check_id = 'inventory_accuracy'
    ),

    -- G7: what is built on the register is worth what the register is worth
    register_trust as (
        select
            dates.as_of_date,
            gate.lowers_trust
            and (
                inventory.value is null
                or inventory.value < policy.inventory_accuracy_gate
                or coalesce(physical.value < policy.inventory_accuracy_gate, false)
            ) as is_compromised,
            inventory.value as inventory_accuracy,
            physical.value as physical_accuracy
        from dates
        cross join policy
        cross join gate
        left join
            measures as inventory
            on inventory.kpi_id = 'inventory_accuracy_rate'
            and inventory.as_of_date = dates.as_of_date
            and inventory.dim_type = 'all'
        left join
            measures as physical
            on physical.kpi_id = 'physical_accuracy_rate'
            and physical.as_of_date = dates.as_of_date
            and physical.dim_type = 'all'
            and physical.status = 'ok'
    ),

    earlier_dates as (select * from {{ ref("int_kpi__earlier_dates") }}),

    joined as (
        select
            measures.*,
            catalog.window_days,
            catalog.unit,
            catalog.direction,
            catalog.value_kind,
            catalog.formula_version,
            targets.target,
            targets.target_state,
            baselines.baseline_value,
            impacts.impact_amount,
            impacts.impact_currency,
            statements.statement,
            previous.value as previous_value,
            year_ago.value as year_ago_value,
            on_register.kpi_id is not null
            and register_trust.is_compromised as is_on_poor_register,
            coalesce(gate_marks.is_compromised, false) as is_compromised_by_gate,
            gate_marks.sentences as gate_sentences,
            register_trust.inventory_accuracy,
            case
                when catalog.unit = 'rate'
                then policy.amber_margin_rate
                else policy.amber_margin_other * abs(targets.target)
            end as amber_margin,
            policy.small_population
        from measures
        inner join catalog on catalog.kpi_id = measures.kpi_id
        cross join policy
        inner join register_trust on register_trust.as_of_date = measures.as_of_date
        left join
            gate_marks
            on gate_marks.kpi_id = measures.kpi_id
            and gate_marks.as_of_date = measures.as_of_date
        left join on_register on on_register.kpi_id = measures.kpi_id
        left join
            targets
            on targets.kpi_id = measures.kpi_id
            and targets.as_of_date = measures.as_of_date
            and targets.dim_type = measures.dim_type
            and targets.dim_value = measures.dim_value
        left join
            baselines
            on baselines.kpi_id = measures.kpi_id
            and baselines.as_of_date = measures.as_of_date
            and baselines.dim_type = measures.dim_type
        left join
            impacts
            on impacts.kpi_id = measures.kpi_id
            and impacts.as_of_date = measures.as_of_date
            and impacts.dim_type = measures.dim_type
            and impacts.dim_value = measures.dim_value
        left join
            statements
            on statements.kpi_id = measures.kpi_id
            and statements.as_of_date = measures.as_of_date
            and statements.dim_type = measures.dim_type
            and statements.dim_value = measures.dim_value
        left join
            earlier_dates
            on earlier_dates.window_kind = catalog.window_kind
            and earlier_dates.is_sliced = (measures.dim_type <> 'all')
            and earlier_dates.as_of_date = measures.as_of_date
        left join
            measures as previous
            on previous.kpi_id = measures.kpi_id
            and previous.as_of_date = earlier_dates.previous_date
            and previous.dim_type = measures.dim_type
            and previous.dim_value = measures.dim_value
        left join
            measures as year_ago
            on year_ago.kpi_id = measures.kpi_id
            and year_ago.as_of_date = earlier_dates.year_ago_date
            and year_ago.dim_type = measures.dim_type
            and year_ago.dim_value = measures.dim_value
    ),

    -- how far the value misses its target; zero or less meets it
    compared as (
        select
            joined.*,
            case
                direction
                when 'up'
                then target - value
                when 'down'
                then value - target
                when 'band'
                then abs(value) - target
            end as shortfall
        from joined
    ),

    kpi_results as (
        select
            kpi_id,
            as_of_date,
            dim_type,
            dim_value,
            window_days,
            cast(round(numerator, 6) as decimal(38, 6)) as numerator,
            cast(round(denominator, 6) as decimal(38, 6)) as denominator,
            value,
            unit,
            coverage,
            status,
            nullif(
                trim(
                    concat_ws(
                        '',
                        coalesce(reason, ''),
                        case
                            when is_on_poor_register and status <> 'not_measurable'
                            then
                                ' Inventory accuracy is below the gate or unknown: read with care.'
                            else ''
                        end,
                        coalesce(concat_ws('', ' ', gate_sentences), '')
                    )
                ),
                ''
            ) as reason,
            case
                when is_on_poor_register or is_compromised_by_gate
                then 'compromised'
                else 'trusted'
            end as trust,
            target,
            target_state,
            case
                when shortfall is null or status <> 'ok'
                then 'none'
                when value_kind = 'ratio' and denominator < small_population
                then 'none'
                when shortfall <= 0
                then 'green'
                when shortfall <= amber_margin
                then 'amber'
                else 'red'
            end as rag,
            previous_value,
            year_ago_value,
            baseline_value,
            cast(round(impact_amount, 2) as decimal(18, 2)) as impact_amount,
            impact_currency,
            statement as impact_statement,
            formula_version
        from compared
    )

select *
from kpi_results

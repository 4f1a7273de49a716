-- one row per KPI, entity, kind of money and span of days
-- long: nine KPIs in one shape
with
    catalog as (select * from {{ ref("stg_policy__kpi_definitions") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    downtime_costs as (select * from {{ ref("int_service_desk__downtime_costs") }}),

    obligation_values as (select * from {{ ref("int_recovery__obligation_values") }}),

    value_losses as (select * from {{ ref("int_lifecycle__value_losses") }}),

    stuck_lives as (
        select *
        from {{ ref("int_lifecycle__ended_lives") }}
        where reason_code = 'disposal_pending'
    ),

    open_decommissions as (
        select
            decommissions.*,
            {{
                add_months(
                    "coalesce(asset_rows.in_service_date, asset_rows.received_date, asset_rows.purchase_date)",
                    "asset_rows.useful_life_months",
                )
            }}
            as life_ends_on
        from {{ ref("int_lifecycle__open_decommissions") }} as decommissions
        inner join asset_rows on asset_rows.row_id = decommissions.asset_row_id
        where
            not decommissions.is_disposed
            and asset_rows.ownership <> 'leased'
            and asset_rows.purchase_cost > 0
            and asset_rows.useful_life_months > 0
    ),

    open_findings as (
        select *
        from {{ ref("int_assurance__findings") }}
        where is_counted and canonical_status = 'open' and financial_exposure > 0
    ),

    audit_results as (
        select *
        from {{ ref("int_assurance__audit_results") }}
        where settlement_amount > 0
    ),

    exceptions as (
        select *
        from {{ ref("int_exceptions__operations") }}
        where kpi_id = 'incident_frequency'
    ),

    asset_failures as (select * from {{ ref("int_service_desk__asset_failures") }}),

    decisions as (
        select * from {{ ref("int_renewals__decisions") }} where not is_reviewed
    ),

    contracts as (select * from {{ ref("int_renewals__contracts") }}),

    contract_shelfware as (
        select * from {{ ref("int_renewals__contract_shelfware") }} where shelf_cost > 0
    ),

    as_of_dates as (
        select
            as_of_date,
            coalesce(
                lead(as_of_date) over (order by as_of_date), {{ far_future() }}
            ) as next_date
        from {{ ref("int_calendar__as_of_dates") }}
    ),

    of_assets as (
        -- people who waited and people who worked, while the episode is in the window
        select
            'mean_time_to_repair' as kpi_id,
            'downtime' as entity_type,
            concat_ws('', asset_key, '|', cast(began_at as string)) as entity_id,
            asset_row_id,
            {{
                exact_quotient(
                    "downtime_seconds * waiting_users * policy.user_hour_usd + 60 * labor_minutes * policy.labor_rate_per_hour_usd",
                    "3600",
                )
            }}
            as amount,
            'USD' as currency,
            valid_from,
            least(
                valid_to,
                {{ add_days("cast(ended_at as date)", "catalog.window_days") }}
            ) as valid_to
        from downtime_costs
        cross join policy
        inner join catalog on catalog.kpi_id = 'mean_time_to_repair'
        union all
        select
            kpi_id,
            'recovery' as entity_type,
            obligation_key as entity_id,
            asset_row_id,
            amount,
            currency,
            valid_from,
            valid_to
        from obligation_values
        union all
        select
            'stage_punctuality_rate' as kpi_id,
            'stage' as entity_type,
            concat_ws('', asset_key, '|', stage) as entity_id,
            asset_row_id,
            amount,
            currency,
            valid_from,
            valid_to
        from value_losses
        union all
        select
            'lifecycle_completion_rate' as kpi_id,
            'asset' as entity_type,
            value_losses.asset_key as entity_id,
            value_losses.asset_row_id,
            value_losses.amount,
            value_losses.currency,
            greatest(value_losses.valid_from, stuck_lives.valid_from) as valid_from,
            least(value_losses.valid_to, stuck_lives.valid_to) as valid_to
        from value_losses
        inner join
            stuck_lives
            on stuck_lives.asset_row_id = value_losses.asset_row_id
            and stuck_lives.valid_from < value_losses.valid_to
            and stuck_lives.valid_to > value_losses.valid_from
        where value_losses.stage = 'retired_to_disposed'
        union all
        -- what the backlog loses in a month
        select
            'mean_time_to_decommission' as kpi_id,
            'asset' as entity_type,
            open_decommissions.asset_key as entity_id,
            open_decommissions.asset_row_id,
            {{
                exact_quotient(
                    "asset_rows.purchase_cost", "asset_rows.useful_life_months"
                )
            }} as amount,
            asset_rows.currency,
            open_decommissions.valid_from,
            least(
                open_decommissions.valid_to, open_decommissions.life_ends_on
            ) as valid_to
        from open_decommissions
        inner join asset_rows on asset_rows.row_id = open_decommissions.asset_row_id
        union all
        -- work on the failures beyond the median, at the mean of the asset
        select
            exceptions.kpi_id,
            exceptions.entity_type,
            exceptions.entity_id,
            asset_failures.asset_row_id,
            {{
                exact_quotient(
                    "exceptions.quantity * asset_failures.labor_minutes * policy.labor_rate_per_hour_usd",
                    "60 * asset_failures.failures",
                )
            }}
            as amount,
            'USD' as currency,
            greatest(exceptions.valid_from, asset_failures.valid_from) as valid_from,
            least(exceptions.valid_to, asset_failures.valid_to) as valid_to
        from exceptions
        cross join policy
        inner join
            asset_failures
            on asset_failures.asset_key = exceptions.entity_id
            and asset_failures.valid_from < exceptions.valid_to
            and asset_failures.valid_to > exceptions.valid_from
    ),

    of_others as (
        select
            'audit_findings_count' as kpi_id,
            'finding' as entity_type,
            concat_ws('', source_system, '|', finding_id) as entity_id,
            'not_cash' as kind,
            financial_exposure as amount,
            currency,
            cast(null as date) as available_date,
            severity,
            cast(null as string) as cost_center,
            greatest(valid_from, opened_on) as valid_from,
            valid_to
        from open_findings
        union all
        select
            'audit_success_rate' as kpi_id,
            'audit' as entity_type,
            concat_ws('', source_system, '|', audit_id) as entity_id,
            'not_cash' as kind,
            settlement_amount as amount,
            currency,
            null as available_date,
            null as severity,
            null as cost_center,
            valid_from,
            valid_to
        from audit_results
        union all
        -- the next chance is the end of the term that nobody decided about
        select
            'renewal_optimization_rate' as kpi_id,
            'contract' as entity_type,
            concat_ws(
                '', contracts.source_system, '|', contracts.contract_id
            ) as entity_id,
            'at_renewal' as kind,
            {{
                exact_quotient(
                    "coalesce(contracts.annual_value, contract_shelfware.annual_cost) * contract_shelfware.shelf_cost",
                    "contract_shelfware.annual_cost",
                )
            }}
            as amount,
            case
                when contracts.annual_value is null
                then policy.base_currency
                else contracts.currency
            end as currency,
            case
                when
                    decisions.renews_by_itself
                    or decisions.term_end_date < as_of_dates.as_of_date
                then {{ add_months("decisions.term_end_date", 12) }}
                else decisions.term_end_date
            end as available_date,
            null as severity,
            coalesce(
                nullif(trim(contracts.cost_center), ''), '(unassigned)'
            ) as cost_center,
            as_of_dates.as_of_date as valid_from,
            as_of_dates.next_date as valid_to
        from decisions
        cross join policy
        inner join catalog on catalog.kpi_id = 'renewal_optimization_rate'
        inner join contracts on contracts.contract_row_id = decisions.contract_row_id
        inner join
            contract_shelfware
            on contract_shelfware.source_system = contracts.source_system
            and contract_shelfware.contract_id = contracts.contract_id
            and contract_shelfware.as_of_date >= decisions.valid_from
            and contract_shelfware.as_of_date < decisions.valid_to
        inner join as_of_dates on as_of_dates.as_of_date = contract_shelfware.as_of_date
        where
            contract_shelfware.as_of_date >= decisions.deadline
            and contract_shelfware.as_of_date
            < {{ add_days("decisions.deadline", "catalog.window_days") }}
    ),

    amounts as (
        select
            of_assets.kpi_id,
            of_assets.entity_type,
            of_assets.entity_id,
            'not_cash' as kind,
            of_assets.amount,
            of_assets.currency,
            cast(null as date) as available_date,
            of_assets.valid_from,
            of_assets.valid_to,
            {%- for dimension in asset_dimensions() %}
                asset_rows.{{ dimension }},
            {%- endfor %}
            cast(null as string) as severity
        from of_assets
        inner join asset_rows on asset_rows.row_id = of_assets.asset_row_id
        union all
        select
            kpi_id,
            entity_type,
            entity_id,
            kind,
            amount,
            currency,
            available_date,
            valid_from,
            valid_to,
            null as asset_class,
            null as department,
            cost_center,
            null as location,
            null as manufacturer,
            severity
        from of_others
    ),

    impact__operations as (
        select
            kpi_id,
            entity_type,
            entity_id,
            kind,
            cast(amount as decimal(38, 12)) as amount,
            upper(trim(currency)) as currency,
            available_date,
            valid_from,
            valid_to,
            {{ asset_dimensions() | join(", ") }},
            cast(null as string) as publisher,
            cast(null as string) as product,
            severity
        from amounts
        where amount > 0 and currency <> '' and valid_from < valid_to
    )

select *
from impact__operations

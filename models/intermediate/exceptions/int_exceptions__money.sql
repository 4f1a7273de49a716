-- one row per KPI, member to act on, reason and span of days
-- long: nine KPIs in one shape
{% set hardware = asset_cost_categories() | join("', '") %}
with
    asset_gaps as (select * from {{ ref("int_money__asset_gaps") }}),

    exposure as (
        select * from {{ ref("int_money__asset_exposure") }} where owned_from is null
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    unusable_lines as (
        select *
        from {{ ref("int_money__cost_lines") }}
        where not is_commitment and (amount_base is null or period_start_date is null)
    ),

    unbilled_spans as (select * from {{ ref("int_money__unbilled_spans") }}),

    unattributed_lines as (
        select *
        from {{ ref("int_money__unattributed_lines") }}
        where reason_code not in ('incident_only', 'no_reference')
    ),

    cost_centers as (
        select *
        from {{ ref("int_money__budget_positions") }}
        where reason_code is not null
    ),

    budget_lines as (
        select *
        from {{ ref("int_money__budget_lines") }}
        where basis = 'budget' and amount_base is null
    ),

    cloud_allocations as (select * from {{ ref("int_money__cloud_allocations") }}),

    unallocated_accounts as (
        select * from {{ ref("int_money__unallocated_accounts") }}
    ),

    commitments as (
        select *
        from {{ ref("int_money__commitment_positions") }}
        where unused_amount <> 0
    ),

    assets as (
        select
            kpi_id,
            asset_key,
            reason_code,
            detail,
            valid_from,
            valid_to,
            {{ asset_dimensions() | join(", ") }}
        from asset_gaps
        union all
        select
            'cost_per_asset' as kpi_id,
            exposure.asset_key,
            'start_date_unknown' as reason_code,
            cast(null as string) as detail,
            exposure.valid_from,
            exposure.valid_to,
            {%- for dimension in asset_dimensions() %}
                asset_rows.{{ dimension }} {{ "," if not loop.last }}
            {%- endfor %}
        from exposure
        inner join asset_rows on asset_rows.row_id = exposure.row_id
    ),

    -- a line that does not convert, or whose period cannot be read, is in no sum
    lines as (
        select
            kpis.kpi_id,
            concat_ws(
                '', 'ledger|', unusable_lines.source_system, '|', unusable_lines.line_id
            ) as cost_key,
            case
                when unusable_lines.amount_base is null
                then 'no_exchange_rate'
                else 'fiscal_period_unreadable'
            end as reason_code,
            unusable_lines.cost_center,
            unusable_lines.product,
            unusable_lines.posted_date as valid_from,
            {{ t12m_end("unusable_lines.posted_date") }} as valid_to
        from unusable_lines
        cross join
            (
                select 'budget_variance' as kpi_id
                union all
                select 'cost_per_asset' as kpi_id
                union all
                select 'technology_spend' as kpi_id
                union all
                select 'tco_per_asset' as kpi_id
            ) as kpis
        where
            case
                kpis.kpi_id
                when 'budget_variance'
                then true
                when 'cost_per_asset'
                then
                    amount_base is null
                    and not is_capex
                    and cost_category not in ('cloud', 'saas')
                when 'technology_spend'
                then
                    amount_base is null
                    and cost_category in ('{{ hardware }}', 'software', 'saas')
                else amount_base is null and is_asset_cost
            end
        union all
        select
            'technology_spend' as kpi_id,
            concat_ws(
                '', 'ledger|', unusable_lines.source_system, '|', unusable_lines.line_id
            ) as cost_key,
            'no_exchange_rate' as reason_code,
            unusable_lines.cost_center,
            unusable_lines.product,
            greatest(
                unusable_lines.posted_date, unbilled_spans.valid_from
            ) as valid_from,
            least(
                {{ t12m_end("unusable_lines.posted_date") }}, unbilled_spans.valid_to
            ) as valid_to
        from unusable_lines
        cross join unbilled_spans
        where
            unusable_lines.amount_base is null
            and unusable_lines.cost_category = 'cloud'
        union all
        select
            'tco_per_asset' as kpi_id,
            cost_key,
            reason_code,
            cost_center,
            product,
            valid_from,
            least(valid_to, {{ t12m_end("posted_date") }}) as valid_to
        from unattributed_lines
    ),

    unconvertible_bills as (
        select cloud_account, valid_from, valid_to
        from cloud_allocations
        where bill_lines > convertible_lines
    ),

    unconvertible_accounts as (
        {{ merge_spans("unconvertible_bills", ["cloud_account"]) }}
    ),

    members as (
        select
            kpi_id,
            'asset' as entity_type,
            asset_key as entity_id,
            reason_code,
            1 as quantity,
            detail,
            valid_from,
            valid_to,
            {{ asset_dimensions() | join(", ") }},
            cast(null as string) as product
        from assets
        union all
        select
            kpi_id,
            'cost_line' as entity_type,
            cost_key as entity_id,
            reason_code,
            case when kpi_id = 'budget_variance' then 0 else 1 end as quantity,
            null as detail,
            valid_from,
            valid_to,
            null as asset_class,
            null as department,
            coalesce(nullif(cost_center, ''), '(unassigned)') as cost_center,
            null as location,
            null as manufacturer,
            product
        from lines
        union all
        select
            'budget_variance' as kpi_id,
            'cost_center' as entity_type,
            concat_ws('', 'cost_center|', cost_center) as entity_id,
            reason_code,
            variance_amount as quantity,
            null as detail,
            valid_from,
            valid_to,
            null as asset_class,
            null as department,
            cost_center,
            null as location,
            null as manufacturer,
            null as product
        from cost_centers
        union all
        select
            'budget_variance' as kpi_id,
            'budget_line' as entity_type,
            md5(
                concat_ws('', source_system, '|', budget_id, '|', fiscal_period)
            ) as entity_id,
            'no_budget_rate' as reason_code,
            0 as quantity,
            null as detail,
            greatest(valid_from, period_start_date) as valid_from,
            least(valid_to, year_end_date) as valid_to,
            null as asset_class,
            null as department,
            cost_center,
            null as location,
            null as manufacturer,
            null as product
        from budget_lines
        union all
        select
            'technology_spend' as kpi_id,
            'cloud_account' as entity_type,
            cloud_account as entity_id,
            'no_exchange_rate' as reason_code,
            1 as quantity,
            null as detail,
            valid_from,
            valid_to,
            null as asset_class,
            null as department,
            null as cost_center,
            null as location,
            null as manufacturer,
            null as product
        from unconvertible_accounts
        union all
        select
            'cloud_allocation_rate' as kpi_id,
            'cloud_account' as entity_type,
            cloud_account as entity_id,
            'cloud_cost_unallocated' as reason_code,
            effective_cost_base as quantity,
            null as detail,
            valid_from,
            valid_to,
            null as asset_class,
            null as department,
            null as cost_center,
            null as location,
            null as manufacturer,
            null as product
        from unallocated_accounts
        union all
        select
            'cloud_commitment_waste_pct' as kpi_id,
            'commitment' as entity_type,
            commitment_id as entity_id,
            'commitment_unused' as reason_code,
            unused_amount as quantity,
            null as detail,
            valid_from,
            valid_to,
            null as asset_class,
            null as department,
            null as cost_center,
            null as location,
            null as manufacturer,
            null as product
        from commitments
    ),

    int_exceptions__money as (
        select
            kpi_id,
            entity_type,
            entity_id,
            reason_code,
            cast(quantity as decimal(38, 12)) as quantity,
            cast(null as string) as severity,
            detail,
            cast(null as date) as due_date,
            valid_from,
            valid_to,
            {{ asset_dimensions() | join(", ") }},
            cast(null as string) as publisher,
            product
        from members
        where valid_from < valid_to
    )

select *
from int_exceptions__money

-- one row per KPI, entity, kind of money and span of days
-- long: nine KPIs in one shape
with
    monthly as (select * from {{ ref("int_money__asset_monthly_tco") }}),

    benchmarks as (
        select *
        from {{ ref("int_money__benchmarks") }}
        where kpi_id = 'tco_normalized_per_asset'
    ),

    late_costs as (select * from {{ ref("int_money__late_costs") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    cohorts as (select * from {{ ref("int_money__cohorts") }}),

    estate_costs as (
        select
            as_of_date,
            average_assets,
            {{ exact_quotient("opex_amount + depreciation_amount", "average_assets") }}
            as amount_per_asset
        from {{ ref("int_money__estate_costs") }}
        where average_assets > 0
    ),

    earlier_dates as (
        select *
        from {{ ref("int_kpi__earlier_dates") }}
        where window_kind = 't12m' and not is_sliced
    ),

    cost_centers as (
        select *
        from {{ ref("int_money__budget_positions") }}
        where reason_code is not null
    ),

    unallocated_accounts as (
        select * from {{ ref("int_money__unallocated_accounts") }}
    ),

    commitments as (select * from {{ ref("int_money__commitment_positions") }}),

    as_of_dates as (
        select
            as_of_date,
            coalesce(
                lead(as_of_date) over (order by as_of_date), {{ far_future() }}
            ) as next_date
        from {{ ref("int_calendar__as_of_dates") }}
    ),

    assets as (
        -- above its benchmark, for as long as it is meant to stay
        select
            'tco_normalized_per_asset' as kpi_id,
            monthly.asset_key,
            'not_cash' as kind,
            cast(
                (monthly.monthly_amount - benchmarks.target)
                * (monthly.useful_life_months - monthly.age_months) as decimal(38, 12)
            ) as amount,
            monthly.row_id,
            benchmarks.as_of_date as valid_from,
            as_of_dates.next_date as valid_to
        from monthly
        inner join
            benchmarks
            on benchmarks.dim_value = monthly.asset_class
            and benchmarks.as_of_date >= monthly.valid_from
            and benchmarks.as_of_date < monthly.valid_to
        inner join as_of_dates on as_of_dates.as_of_date = benchmarks.as_of_date
        where
            monthly.monthly_amount > benchmarks.target
            and monthly.useful_life_months > monthly.age_months
        union all
        select
            'lifecycle_tco_per_asset' as kpi_id,
            asset_key,
            'recoverable_now' as kind,
            amount_base as amount,
            row_id,
            valid_from,
            valid_to
        from late_costs
    ),

    entities as (
        select
            'lifecycle_tco_per_asset' as kpi_id,
            'asset_class' as entity_type,
            cohorts.asset_class as entity_id,
            cohorts.assets
            * (cohorts.mean_amount - cohorts.previous_mean_amount) as amount,
            cohorts.asset_class,
            cast(null as string) as cost_center,
            cohorts.as_of_date as valid_from,
            as_of_dates.next_date as valid_to
        from cohorts
        inner join as_of_dates on as_of_dates.as_of_date = cohorts.as_of_date
        union all
        select
            'cost_per_asset' as kpi_id,
            'organisation' as entity_type,
            'all' as entity_id,
            estate_costs.average_assets
            * (estate_costs.amount_per_asset - year_before.amount_per_asset) as amount,
            null as asset_class,
            null as cost_center,
            estate_costs.as_of_date as valid_from,
            as_of_dates.next_date as valid_to
        from estate_costs
        inner join earlier_dates on earlier_dates.as_of_date = estate_costs.as_of_date
        inner join
            estate_costs as year_before
            on year_before.as_of_date = earlier_dates.previous_date
        inner join as_of_dates on as_of_dates.as_of_date = estate_costs.as_of_date
        union all
        select
            'budget_variance' as kpi_id,
            'cost_center' as entity_type,
            concat_ws('', 'cost_center|', cost_center) as entity_id,
            variance_amount as amount,
            null as asset_class,
            cost_center,
            valid_from,
            valid_to
        from cost_centers
        union all
        select
            'cloud_allocation_rate' as kpi_id,
            'cloud_account' as entity_type,
            cloud_account as entity_id,
            effective_cost_base as amount,
            null as asset_class,
            null as cost_center,
            valid_from,
            valid_to
        from unallocated_accounts
        union all
        select
            'cloud_commitment_waste_pct' as kpi_id,
            'commitment' as entity_type,
            commitment_id as entity_id,
            unused_amount as amount,
            null as asset_class,
            null as cost_center,
            valid_from,
            valid_to
        from commitments
    ),

    amounts as (
        select
            assets.kpi_id,
            'asset' as entity_type,
            assets.asset_key as entity_id,
            assets.kind,
            assets.amount,
            assets.valid_from,
            assets.valid_to,
            {%- for dimension in asset_dimensions() %}
                asset_rows.{{ dimension }} {{ "," if not loop.last }}
            {%- endfor %}
        from assets
        inner join asset_rows on asset_rows.row_id = assets.row_id
        union all
        select
            kpi_id,
            entity_type,
            entity_id,
            'not_cash' as kind,
            amount,
            valid_from,
            valid_to,
            asset_class,
            null as department,
            cost_center,
            null as location,
            null as manufacturer
        from entities
    ),

    int_impact__money as (
        select
            amounts.kpi_id,
            amounts.entity_type,
            amounts.entity_id,
            amounts.kind,
            cast(amounts.amount as decimal(38, 12)) as amount,
            upper(policy.base_currency) as currency,
            cast(null as date) as available_date,
            amounts.valid_from,
            amounts.valid_to,
            {%- for dimension in asset_dimensions() %}
                amounts.{{ dimension }},
            {%- endfor %}
            cast(null as string) as publisher,
            cast(null as string) as product,
            cast(null as string) as severity
        from amounts
        cross join {{ ref("stg_policy__kpi_policy") }} as policy
        where amounts.amount > 0
    )

select *
from int_impact__money

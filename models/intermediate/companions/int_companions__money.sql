-- one row per KPI, sliced as-of date, slice and name
-- long: nine KPIs in one shape
{% set companions = [
    (
        "asset_gap_cells",
        "tco_per_asset",
        {
            "acquisition_unknown_count": "count",
            "acquisition_mismatch_count": "count",
        },
    ),
    (
        "unattributed_cells",
        "tco_per_asset",
        {
            "unattributed_amount": "currency",
            "unattributed_line_count": "count",
        },
    ),
    (
        "cohort_cells",
        "lifecycle_tco_per_asset",
        {
            "cohort_count": "count",
            "cohort_tco_amount": "currency",
            "previous_cohort_tco_amount": "currency",
        },
    ),
    (
        "estate_cells",
        "cost_per_asset",
        {
            "opex_amount": "currency",
            "depreciation_amount": "currency",
            "capex_amount": "currency",
            "cash_cost_per_asset": "currency",
        },
    ),
    (
        "budget_cells",
        "budget_variance",
        {
            "actual_amount": "currency",
            "budget_amount": "currency",
            "fx_effect_amount": "currency",
            "volume_price_effect_amount": "currency",
            "commitment_amount": "currency",
            "forecast_amount": "currency",
            "forecast_variance_amount": "currency",
            "persistent_overspend_count": "count",
            "spend_without_budget_amount": "currency",
            "budget_without_spend_amount": "currency",
        },
    ),
    (
        "spend_cells",
        "technology_spend",
        {
            "hardware_amount": "currency",
            "software_amount": "currency",
            "saas_amount": "currency",
            "cloud_amount": "currency",
        },
    ),
    (
        "allocation_cells",
        "cloud_allocation_rate",
        {
            "effective_amount": "currency",
            "tag_amount": "currency",
            "account_amount": "currency",
            "resource_amount": "currency",
            "unallocated_amount": "currency",
        },
    ),
    (
        "top_category_cells",
        "cloud_allocation_rate",
        {"top_service_category_share": "rate"},
    ),
    (
        "usage_cells",
        "cloud_commitment_waste_pct",
        {"on_demand_share": "rate"},
    ),
    (
        "commitment_cells",
        "cloud_commitment_waste_pct",
        {
            "commitment_count": "count",
            "partly_idle_commitment_count": "count",
        },
    ),
] %}
with
    dates as (select * from {{ ref("int_calendar__as_of_dates") }} where has_slices),

    asset_gaps as (
        select
            asset_class,
            case
                when reason_code = 'acquisition_cost_unknown' then 1 else 0
            end as acquisition_unknown_count,
            case
                when reason_code = 'acquisition_cost_mismatch' then 1 else 0
            end as acquisition_mismatch_count,
            valid_from,
            valid_to
        from {{ ref("int_money__asset_gaps") }}
        where kpi_id = 'tco_per_asset'
    ),

    unattributed_lines as (
        select
            amount_base as unattributed_amount,
            1 as unattributed_line_count,
            valid_from,
            valid_to
        from {{ ref("int_money__unattributed_lines") }}
    ),

    cohorts as (select * from {{ ref("int_money__cohorts") }}),

    estate_costs as (select * from {{ ref("int_money__estate_costs") }}),

    budget_positions as (select * from {{ ref("int_money__budget_positions") }}),

    technology_spend as (
        select
            {%- for technology in ["hardware", "software", "saas", "cloud"] %}
                case
                    when technology = '{{ technology }}' then amount_base else 0
                end as {{ technology }}_amount,
            {%- endfor %}
            valid_from,
            valid_to
        from {{ ref("int_money__technology_spend") }}
    ),

    cloud_allocations as (
        select
            service_category,
            effective_cost_base as effective_amount,
            {%- for allocation in ["tag", "account", "resource", "unallocated"] %}
                case
                    when allocation = '{{ allocation }}' then effective_cost_base else 0
                end as {{ allocation }}_amount,
            {%- endfor %}
            valid_from,
            valid_to
        from {{ ref("int_money__cloud_allocations") }}
    ),

    usage as (
        select
            sum(coalesce(effective_cost_base, 0)) as usage_amount,
            sum(
                case when is_commitment then 0 else coalesce(effective_cost_base, 0) end
            ) as on_demand_amount,
            charge_date as valid_from,
            {{ t12m_end("charge_date") }} as valid_to
        from {{ ref("int_money__cloud_costs") }}
        where charge_category = 'Usage'
        group by charge_date
    ),

    asset_gap_cells as (
        {{
            span_sums(
                "asset_gaps",
                ["acquisition_unknown_count", "acquisition_mismatch_count"],
                ["asset_class"],
            )
        }}
    ),

    unattributed_cells as (
        {{
            span_sums(
                "unattributed_lines",
                ["unattributed_amount", "unattributed_line_count"],
            )
        }}
    ),

    cohort_cells as (
        select
            as_of_date,
            'asset_class' as dim_type,
            asset_class as dim_value,
            assets as cohort_count,
            mean_amount as cohort_tco_amount,
            previous_mean_amount as previous_cohort_tco_amount
        from cohorts
    ),

    estate_cells as (
        select
            as_of_date,
            'all' as dim_type,
            'all' as dim_value,
            opex_amount,
            depreciation_amount,
            capex_amount,
            {{ exact_quotient("opex_amount + capex_amount", "average_assets") }}
            as cash_cost_per_asset
        from estate_costs
    ),

    budget_cells as (
        select
            as_of_date,
            case
                when grouping(cost_center) = 0 then 'cost_center' else 'all'
            end as dim_type,
            case
                when grouping(cost_center) = 0 then cost_center else 'all'
            end as dim_value,
            sum(actual_amount) as actual_amount,
            sum(budget_amount) as budget_amount,
            sum(actual_amount - actual_amount_at_budget_rate) as fx_effect_amount,
            sum(
                actual_amount_at_budget_rate - budget_amount
            ) as volume_price_effect_amount,
            sum(commitment_amount) as commitment_amount,
            sum(forecast_amount) as forecast_amount,
            sum(actual_amount - forecast_amount) as forecast_variance_amount,
            sum(
                case when is_persistent_overspend then 1 else 0 end
            ) as persistent_overspend_count,
            sum(
                case
                    when reason_code = 'spend_without_budget' then actual_amount else 0
                end
            ) as spend_without_budget_amount,
            sum(
                case
                    when reason_code = 'budget_without_spend' then budget_amount else 0
                end
            ) as budget_without_spend_amount
        from budget_positions
        group by grouping sets ((as_of_date), (as_of_date, cost_center))
    ),

    spend_cells as (
        {{
            span_sums(
                "technology_spend",
                ["hardware_amount", "software_amount", "saas_amount", "cloud_amount"],
            )
        }}
    ),

    allocation_cells as (
        {{
            span_sums(
                "cloud_allocations",
                [
                    "effective_amount",
                    "tag_amount",
                    "account_amount",
                    "resource_amount",
                    "unallocated_amount",
                ],
                ["service_category"],
            )
        }}
    ),

    top_category_cells as (
        select
            categories.as_of_date,
            'all' as dim_type,
            'all' as dim_value,
            {{
                exact_quotient(
                    "max(categories.effective_amount)", "max(totals.effective_amount)"
                )
            }} as top_service_category_share
        from allocation_cells as categories
        inner join
            allocation_cells as totals
            on totals.as_of_date = categories.as_of_date
            and totals.dim_type = 'all'
        where categories.dim_type = 'service_category'
        group by categories.as_of_date
    ),

    usage_cells as (
        select
            as_of_date,
            dim_type,
            dim_value,
            {{ exact_quotient("on_demand_amount", "usage_amount") }} as on_demand_share
        from ({{ span_sums("usage", ["usage_amount", "on_demand_amount"]) }}) as sums
    ),

    commitment_cells as (
        select
            valid_from as as_of_date,
            'all' as dim_type,
            'all' as dim_value,
            count(*) as commitment_count,
            sum(
                case when unused_amount > 0 then 1 else 0 end
            ) as partly_idle_commitment_count
        from {{ ref("int_money__commitment_positions") }}
        group by valid_from
    ),

    companions as (
        {% for relation, kpi_id, columns in companions %}
            {% set last_relation = loop.last %}
            {% for column, unit in columns.items() %}
                select
                    '{{ kpi_id }}' as kpi_id,
                    as_of_date,
                    dim_type,
                    dim_value,
                    '{{ column }}' as name,
                    cast({{ column }} as double) as value,
                    '{{ unit }}' as unit
                from {{ relation }}
                where
                    {{ column }} is not null
                    {{ "union all" if not (last_relation and loop.last) }}
            {% endfor %}
        {% endfor %}
    ),

    int_companions__money as (
        select companions.*
        from companions
        inner join dates on dates.as_of_date = companions.as_of_date
    )

select *
from int_companions__money

-- one row per KPI, asset with a gap in its cost and span of as-of dates with the same
-- gaps
-- long: four KPIs look at the same five gaps
with
    assets as (select * from {{ ref("int_money__asset_tco") }}),

    monthly as (select * from {{ ref("int_money__asset_monthly_tco") }}),

    late_costs as (select * from {{ ref("int_money__late_costs") }}),

    benchmarks as (
        select
            benchmarks.dim_value as asset_class,
            benchmarks.target,
            benchmarks.as_of_date as valid_from,
            coalesce(
                lead(benchmarks.as_of_date) over (
                    partition by benchmarks.dim_value order by benchmarks.as_of_date
                ),
                {{ far_future() }}
            ) as valid_to
        from {{ ref("int_money__benchmarks") }} as benchmarks
        where kpi_id = 'tco_normalized_per_asset'
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    kpis as (
        select 'tco_per_asset' as kpi_id, 'living' as population
        union all
        select 'tco_per_asset_guide' as kpi_id, 'living' as population
        union all
        select 'tco_normalized_per_asset' as kpi_id, 'living' as population
        union all
        select 'lifecycle_tco_per_asset' as kpi_id, 'ended' as population
    ),

    flags as (
        select
            kpis.kpi_id,
            assets.asset_key,
            assets.row_id,
            case when not assets.has_acquisition then 1 else 0 end as is_unknown,
            case
                when
                    kpis.kpi_id = 'tco_normalized_per_asset'
                    and assets.start_date is null
                then 1
                else 0
            end as is_undated,
            0 as is_late,
            case
                when
                    kpis.kpi_id in ('tco_per_asset', 'lifecycle_tco_per_asset')
                    and abs(assets.acquisition_amount - assets.replaced_purchase_amount)
                    > policy.acquisition_mismatch_fraction
                    * abs(assets.replaced_purchase_amount)
                then 1
                else 0
            end as is_mismatched,
            0 as is_expensive,
            assets.valid_from,
            assets.valid_to
        from assets
        cross join policy
        inner join kpis on kpis.population = assets.population
        union all
        select
            'lifecycle_tco_per_asset' as kpi_id,
            asset_key,
            row_id,
            0 as is_unknown,
            0 as is_undated,
            1 as is_late,
            0 as is_mismatched,
            0 as is_expensive,
            valid_from,
            valid_to
        from late_costs
        union all
        select
            'tco_normalized_per_asset' as kpi_id,
            monthly.asset_key,
            monthly.row_id,
            0 as is_unknown,
            0 as is_undated,
            0 as is_late,
            0 as is_mismatched,
            1 as is_expensive,
            greatest(monthly.valid_from, benchmarks.valid_from) as valid_from,
            least(monthly.valid_to, benchmarks.valid_to) as valid_to
        from monthly
        inner join
            benchmarks
            on benchmarks.asset_class = monthly.asset_class
            and benchmarks.valid_from < monthly.valid_to
            and benchmarks.valid_to > monthly.valid_from
        where monthly.monthly_amount > benchmarks.target
    ),

    parts as (
        select *
        from flags
        where is_unknown + is_undated + is_late + is_mismatched + is_expensive > 0
    ),

    gaps as (
        {{
            sweep(
                "parts",
                keys=["kpi_id", "asset_key", "row_id"],
                weights=[
                    "is_unknown",
                    "is_undated",
                    "is_late",
                    "is_mismatched",
                    "is_expensive",
                ],
                having="is_unknown + is_undated + is_late + is_mismatched + is_expensive > 0",
            )
        }}
    ),

    gap_spans as (
        {{
            merge_spans(
                "gaps",
                [
                    "kpi_id",
                    "asset_key",
                    "row_id",
                    "is_unknown",
                    "is_undated",
                    "is_late",
                    "is_mismatched",
                    "is_expensive",
                ],
            )
        }}
    ),

    asset_gaps as (
        select
            gap_spans.kpi_id,
            gap_spans.asset_key,
            case
                when gap_spans.is_unknown > 0
                then 'acquisition_cost_unknown'
                when gap_spans.is_undated > 0
                then 'start_date_unknown'
                when gap_spans.is_late > 0
                then 'cost_after_disposal'
                when gap_spans.is_mismatched > 0
                then 'acquisition_cost_mismatch'
                else 'above_benchmark'
            end as reason_code,
            nullif(
                concat_ws(
                    ', ',
                    case
                        when gap_spans.is_undated > 0 and gap_spans.is_unknown > 0
                        then 'no start date either'
                    end,
                    case
                        when gap_spans.is_late > 0 and gap_spans.is_unknown > 0
                        then 'cost was posted after its disposal'
                    end,
                    case
                        when gap_spans.is_mismatched > 0 and gap_spans.is_late > 0
                        then 'ledger and register disagree about its price'
                    end
                ),
                ''
            ) as detail,
            {%- for dimension in asset_dimensions() %}
                asset_rows.{{ dimension }},
            {%- endfor %}
            gap_spans.valid_from,
            gap_spans.valid_to
        from gap_spans
        inner join asset_rows on asset_rows.row_id = gap_spans.row_id
    )

select *
from asset_gaps

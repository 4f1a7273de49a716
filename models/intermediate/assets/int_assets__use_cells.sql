-- one row per basis, as-of date and slice
with
    members as (
        select
            use_spans.basis,
            use_spans.active as numerator,
            use_spans.known as denominator,
            use_spans.known as covered,
            1 as population,
            use_spans.valid_from,
            use_spans.valid_to,
            {{ asset_dimensions() | join(", ") }}
        from {{ ref("int_assets__use_spans") }} as use_spans
        inner join
            {{ ref("int_assets__rows") }} as asset_rows
            on asset_rows.row_id = use_spans.row_id
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    sums as (
        {{
            span_sums(
                "members",
                ["numerator", "denominator", "covered", "population"],
                asset_dimensions(),
                keys=["basis"],
                counted=["numerator", "denominator"],
            )
        }}
    ),

    -- the basis is chosen once per day, by what use is known of in the whole estate
    headlines as (
        select
            sums.as_of_date,
            case
                when sums.covered >= policy.low_confidence_coverage * sums.population
                then 'used'
                else 'seen'
            end as basis
        from sums
        cross join policy
        where sums.basis = 'used' and sums.dim_type = 'all'
    ),

    use_cells as (
        select sums.*, headlines.basis = sums.basis as is_headline
        from sums
        inner join headlines on headlines.as_of_date = sums.as_of_date
        where sums.members > 0 or sums.dim_type = 'all'
    )

select *
from use_cells

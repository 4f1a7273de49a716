-- one row per as-of date and slice
with
    utilization as (select * from {{ ref("int_assets__utilization_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    -- a person worked on it; a server counts as used when it is seen and not idle
    {% for basis, known, active in [
        ("used", "user_known", "user_active"),
        ("seen", "matched", "seen"),
    ] %}
        members_{{ basis }} as (
            select
                utilization.valid_from,
                utilization.valid_to,
                case
                    when asset_rows.asset_class = 'server'
                    then utilization.working
                    else utilization.{{ active }}
                end as numerator,
                case
                    when asset_rows.asset_class = 'server'
                    then utilization.matched
                    else utilization.{{ known }}
                end as denominator,
                case
                    when asset_rows.asset_class = 'server'
                    then utilization.matched
                    else utilization.{{ known }}
                end as covered,
                1 as population,
                asset_rows.asset_class,
                asset_rows.department,
                asset_rows.cost_center,
                asset_rows.location,
                asset_rows.manufacturer
            from utilization
            inner join asset_rows on asset_rows.row_id = utilization.row_id
        ),

        {{ basis }} as (
            {{
                kpi_cells(
                    "members_" ~ basis, "asset_utilization_rate", asset_dimensions()
                )
            }}
        ),
    {% endfor %}

    -- the basis is chosen once per day, by its coverage of the whole estate
    basis_of_day as (
        select
            used.as_of_date,
            used.covered >= policy.low_confidence_coverage * used.population as is_used
        from used
        cross join policy
        where used.dim_type = 'all'
    ),

    cells as (
        select used.*
        from used
        inner join basis_of_day on basis_of_day.as_of_date = used.as_of_date
        where basis_of_day.is_used
        union all
        select seen.*
        from seen
        inner join basis_of_day on basis_of_day.as_of_date = seen.as_of_date
        where not basis_of_day.is_used
    )

select *
from cells

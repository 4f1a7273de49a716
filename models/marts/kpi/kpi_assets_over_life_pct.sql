-- one row per as-of date and slice
with
    ages as (
        select age_spans.*, {{ asset_dimensions() | join(", ") }}
        from {{ ref("int_assets__age_spans") }} as age_spans
        inner join
            {{ ref("int_assets__rows") }} as asset_rows
            on asset_rows.row_id = age_spans.row_id
    ),

    -- the age is known from its start on, and it is over from then on
    {% set parts = [
        ("valid_from", [0, 0, 0, 1], "true"),
        (
            "greatest(valid_from, start_date)",
            [0, 1, 1, 0],
            "over_life_from is not null",
        ),
        (
            "greatest(valid_from, over_life_from)",
            [1, 0, 0, 0],
            "over_life_from is not null",
        ),
    ] -%}
    members as (
        {% for valid_from, amounts, condition in parts %}
            {{ "union all" if not loop.first }}
            select
                {{ valid_from }} as valid_from,
                valid_to,
                {{ amounts[0] }} as numerator,
                {{ amounts[1] }} as denominator,
                {{ amounts[2] }} as covered,
                {{ amounts[3] }} as population,
                {{ asset_dimensions() | join(", ") }}
            from ages
            where {{ condition }}
        {% endfor %}
    ),

    cells as ({{ kpi_cells("members", "assets_over_life_pct", asset_dimensions()) }})

select *
from cells

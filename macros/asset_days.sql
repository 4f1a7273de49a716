{# Asset-days of the trailing twelve months, for every as-of date and slice (K03, K24), from dates and not from
   snapshots: an asset counts on day x when start <= x < left_on, as its row known at D says.

   `exposure` is a relation like int_money__asset_exposure: valid_from, valid_to (the days D on which the row speaks),
   the start column, left_on and the dimensions. The days of one asset in the window grow by one a day, rest, and leave
   by one a day: four straight pieces. Their slopes and constants are added up like any other member, and a date's
   asset-days = rising x (D + 1) - leaving x (first day of the window) + constant, all as day numbers. #}
{% macro asset_days(exposure, start, dimensions=[]) %}
    {%- set day_zero = "date '1900-01-01'" -%}
    select
        cells.as_of_date,
        cells.dim_type,
        cells.dim_value,
        cells.denominator
        * {{ dbt.datediff(day_zero, add_days("cells.as_of_date", 1), "day") }}
        - cells.covered
        * {{
            dbt.datediff(
                day_zero, add_days(add_months("cells.as_of_date", -12), 1), "day"
            )
        }}
        + cells.numerator as asset_days,
        {{
            dbt.datediff(
                add_months("cells.as_of_date", -12), "cells.as_of_date", "day"
            )
        }} as window_days
    from
        (
            {{
                kpi_cells(
                    "("
                    ~ asset_day_pieces(exposure, start, dimensions, day_zero)
                    ~ ")",
                    kpi_id="asset_days",
                    dimensions=dimensions,
                )
            }}
        ) as cells
{% endmacro %}


{# The straight pieces: constant as numerator, rising as denominator, leaving as covered. #}
{% macro asset_day_pieces(exposure, start, dimensions, day_zero) %}
    {%- set started = dbt.datediff(day_zero, "exposure." ~ start, "day") -%}
    {%- set days = dbt.datediff("exposure." ~ start, "exposure.left_on", "day") -%}
    select
        {%- for dimension in dimensions %} exposure.{{ dimension }}, {%- endfor %}
        case
            piece.name
            when 'rising'
            then -{{ started }}
            when 'rested'
            then {{ days }}
            when 'leaving'
            then {{ started }}
            when 'left'
            then -{{ days }}
        end as numerator,
        case when piece.name = 'rising' then 1 else 0 end as denominator,
        case when piece.name = 'leaving' then 1 else 0 end as covered,
        0 as population,
        greatest(
            exposure.valid_from,
            case
                piece.name
                when 'rising'
                then exposure.{{ start }}
                when 'rested'
                then exposure.left_on
                when 'leaving'
                then exposure.first_day_leaves_on
                when 'left'
                then exposure.last_day_leaves_on
            end
        ) as valid_from,
        least(
            exposure.valid_to,
            case
                piece.name
                when 'rising'
                then exposure.left_on
                when 'leaving'
                then exposure.last_day_leaves_on
                else exposure.valid_to
            end
        ) as valid_to
    from
        (
            select
                spans.*,
                {{ t12m_end("spans." ~ start) }} as first_day_leaves_on,
                case
                    when spans.left_on = {{ far_future() }}
                    then {{ far_future() }}
                    else {{ t12m_end(add_days("spans.left_on", -1)) }}
                end as last_day_leaves_on
            from {{ exposure }} as spans
            where spans.{{ start }} < spans.left_on
        ) as exposure
    cross join
        (
            select 'rising' as name
            union all
            select 'rested' as name
            union all
            select 'leaving' as name
            union all
            select 'left' as name
        ) as piece
{% endmacro %}

-- one row per KPI of the register or of discovery, as-of date, slice and name of a
-- number beside it
-- long: one line per number: relation, KPI, name, unit, value
{% set reasons = {
    "asset_utilization_rate": [
        "not_seen_lately",
        "no_user_activity",
        "server_idle",
    ],
    "deployment_rate": ["in_stock", "in_repair"],
    "assets_past_eol_pct": ["model_past_eol", "system_past_eol"],
    "agent_coverage_rate": ["not_discovered", "not_seen_lately"],
    "physical_accuracy_rate": [
        "counted_not_in_register",
        "counted_not_found",
        "counted_other_item",
        "counted_elsewhere",
        "counted_with_other_person",
    ],
    "unauthorized_asset_pct": [
        "not_in_register",
        "not_in_service",
        "byod_not_approved",
        "not_approved",
        "denied",
    ],
} %}
{% set all_reasons = reasons.values() | sum(start=[]) | unique | list %}
{% set tests = ["complete", "valid", "unique", "current", "consistent"] %}
{% set test_amounts = [] %}
{% for test in tests %} {% do test_amounts.append(test ~ "_records") %} {% endfor %}
{% set numbers = [
    (
        "used_cells",
        "asset_utilization_rate",
        "used_rate",
        "rate",
        "numerator / denominator",
    ),
    (
        "seen_cells",
        "asset_utilization_rate",
        "seen_rate",
        "rate",
        "numerator / denominator",
    ),
    (
        "headline_cells",
        "asset_utilization_rate",
        "is_measured_by_use",
        "count",
        "is_used",
    ),
    (
        "headline_cells",
        "asset_utilization_rate",
        "idle_count",
        "count",
        "denominator - numerator",
    ),
    (
        "headline_cells",
        "asset_utilization_rate",
        "use_unknown_count",
        "count",
        "population - covered",
    ),
    (
        "leave_cells",
        "asset_utilization_rate",
        "owner_on_leave_count",
        "count",
        "assets",
    ),
    (
        "age_cells",
        "assets_over_life_pct",
        "age_unknown_count",
        "count",
        "population - aged",
    ),
    (
        "age_cells",
        "assets_over_life_pct",
        "life_unknown_count",
        "count",
        "aged - known",
    ),
    (
        "support_cells",
        "assets_past_eol_pct",
        "support_unknown_count",
        "count",
        "assets",
    ),
    (
        "unmatched_cells",
        "asset_discovery_rate",
        "no_serial_count",
        "count",
        "devices_without_serial",
    ),
    (
        "completeness",
        "asset_discovery_rate",
        "estimated_devices",
        "count",
        "estimated_devices",
    ),
    (
        "completeness",
        "asset_discovery_rate",
        "estimated_completeness",
        "rate",
        "seen_devices / estimated_devices",
    ),
] %}
with
    dates as (
        select as_of_date from {{ ref("int_calendar__as_of_dates") }} where has_slices
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    use_cells as (select * from {{ ref("int_assets__use_cells") }}),

    used_cells as (select * from use_cells where basis = 'used'),

    seen_cells as (select * from use_cells where basis = 'seen'),

    headline_cells as (
        select use_cells.*, case when basis = 'used' then 1 else 0 end as is_used
        from use_cells
        where is_headline
    ),

    -- those whose failure says how many there are of each kind
    failures as (
        select
            kpi_id,
            {%- for reason in all_reasons %}
                case
                    when reason_code = '{{ reason }}' then 1 else 0
                end as {{ reason }},
            {%- endfor %}
            valid_from,
            valid_to,
            {{ asset_dimensions() | join(", ") }}
        from {{ ref("int_exceptions__assets") }}
        where kpi_id in ('{{ reasons | join("', '") }}')
    ),

    failure_cells as (
        {{ span_sums("failures", all_reasons, asset_dimensions(), keys=["kpi_id"]) }}
    ),

    records as (
        select
            1 as records,
            {%- for test in tests %}
                case
                    when accuracy.is_{{ test }} then 1 else 0
                end as {{ test }}_records,
            {%- endfor %}
            accuracy.valid_from,
            accuracy.valid_to,
            {{ asset_dimensions() | join(", ") }}
        from {{ ref("int_assets__accuracy_spans") }} as accuracy
        inner join asset_rows on asset_rows.row_id = accuracy.row_id
    ),

    record_cells as (
        {{ span_sums("records", ["records"] + test_amounts, asset_dimensions()) }}
    ),

    on_leave as (
        select
            case when utilization.on_leave > 0 then 1 else 0 end as assets,
            utilization.valid_from,
            utilization.valid_to,
            {{ asset_dimensions() | join(", ") }}
        from {{ ref("int_assets__utilization_spans") }} as utilization
        inner join asset_rows on asset_rows.row_id = utilization.row_id
    ),

    leave_cells as ({{ span_sums("on_leave", ["assets"], asset_dimensions()) }}),

    ages as (
        select age_spans.*, {{ asset_dimensions() | join(", ") }}
        from {{ ref("int_assets__age_spans") }} as age_spans
        inner join asset_rows on asset_rows.row_id = age_spans.row_id
    ),

    known_ages as (
        select
            1 as population,
            0 as aged,
            0 as known,
            valid_from,
            valid_to,
            {{ asset_dimensions() | join(", ") }}
        from ages
        union all
        select
            0 as population,
            1 as aged,
            case when useful_life_months is not null then 1 else 0 end as known,
            greatest(valid_from, start_date) as valid_from,
            valid_to,
            {{ asset_dimensions() | join(", ") }}
        from ages
        where start_date is not null
    ),

    age_cells as (
        {{
            span_sums(
                "known_ages", ["population", "aged", "known"], asset_dimensions()
            )
        }}
    ),

    unsupported as (
        select
            case when end_of_life.known > 0 then 0 else 1 end as assets,
            end_of_life.valid_from,
            end_of_life.valid_to,
            {{ asset_dimensions() | join(", ") }}
        from {{ ref("int_assets__end_of_life_spans") }} as end_of_life
        inner join asset_rows on asset_rows.row_id = end_of_life.row_id
        where asset_rows.is_managed_estate
    ),

    support_cells as ({{ span_sums("unsupported", ["assets"], asset_dimensions()) }}),

    unmatched as (
        select
            case when detail is not null then 1 else 0 end as devices_without_serial,
            valid_from,
            valid_to,
            {{ asset_dimensions() | join(", ") }}
        from {{ ref("int_exceptions__assets") }}
        where kpi_id = 'asset_discovery_rate'
    ),

    unmatched_cells as (
        {{ span_sums("unmatched", ["devices_without_serial"], asset_dimensions()) }}
    ),

    completeness as (
        select completeness.*, 'all' as dim_type, 'all' as dim_value
        from {{ ref("int_devices__completeness") }} as completeness
    ),

    facts as (
        {% for relation, kpi_id, name, unit, value in numbers %}
            {%- set parts = value.split(" / ") %}
            select
                '{{ kpi_id }}' as kpi_id,
                as_of_date,
                dim_type,
                dim_value,
                '{{ name }}' as name,
                cast({{ parts[0] }} as double)
                {%- if parts | length > 1 %}
                    / nullif(cast({{ parts[1] }} as double), 0)
                {%- endif %} as value,
                '{{ unit }}' as unit
            from {{ relation }}
            union all
        {% endfor %}
        {%- for kpi_id, codes in reasons.items() %}
            {%- for code in codes %}
                select
                    kpi_id,
                    as_of_date,
                    dim_type,
                    dim_value,
                    '{{ code }}_count' as name,
                    cast({{ code }} as double) as value,
                    'count' as unit
                from failure_cells
                where kpi_id = '{{ kpi_id }}'
                union all
            {% endfor %}
        {%- endfor %}
        {%- for test in tests %}
            select
                'inventory_accuracy_rate' as kpi_id,
                as_of_date,
                dim_type,
                dim_value,
                '{{ test }}_rate' as name,
                cast({{ test }}_records as double)
                / nullif(cast(records as double), 0) as value,
                'rate' as unit
            from record_cells {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    int_companions__assets as (
        select facts.*
        from facts
        inner join dates on dates.as_of_date = facts.as_of_date
        where facts.value is not null and (facts.value <> 0 or facts.dim_type = 'all')
    )

select *
from int_companions__assets

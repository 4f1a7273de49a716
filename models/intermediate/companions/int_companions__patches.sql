-- one row per patch KPI, as-of date, slice and name of a number beside it
-- long: one line per number: relation, KPI, name, unit, value
{% set numbers = [
    (
        "device_cells",
        "patch_compliance_rate",
        "known_only_rate",
        "rate",
        "compliant / known",
    ),
    (
        "device_cells",
        "patch_compliance_rate",
        "unknown_count",
        "count",
        "unknown",
    ),
    (
        "device_cells",
        "patch_compliance_rate",
        "stale_count",
        "count",
        "stale",
    ),
    (
        "device_cells",
        "patch_compliance_rate",
        "unseen_count",
        "count",
        "unseen",
    ),
    (
        "pair_cells",
        "patch_compliance_rate",
        "exempt_count",
        "count",
        "exempt",
    ),
    (
        "pair_cells",
        "patch_instance_compliance_rate",
        "exempt_count",
        "count",
        "exempt",
    ),
    (
        "pair_cells",
        "patch_instance_compliance_rate",
        "missing_count",
        "count",
        "missing",
    ),
    (
        "pair_cells",
        "patch_instance_compliance_rate",
        "unknown_count",
        "count",
        "unknown",
    ),
    (
        "deadline_cells",
        "critical_patch_on_time_rate",
        "unreachable_count",
        "count",
        "unreachable",
    ),
    (
        "deadline_cells",
        "critical_patch_on_time_rate",
        "overdue_count",
        "count",
        "overdue",
    ),
    (
        "deadline_cells",
        "critical_patch_on_time_rate",
        "installed_late_count",
        "count",
        "installed_late",
    ),
    (
        "kev_cells",
        "critical_patch_on_time_rate",
        "kev_overdue_count",
        "count",
        "overdue",
    ),
    (
        "kev_cells",
        "critical_patch_on_time_rate",
        "kev_on_time_rate",
        "rate",
        "on_time / due",
    ),
] %}
with
    dates as (
        select as_of_date from {{ ref("int_calendar__as_of_dates") }} where has_slices
    ),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    population as (select * from {{ ref("int_patch__population_spans") }}),

    devices as (
        select
            case
                when is_seen and is_checked and unknown_patches = 0 then 1 else 0
            end as known,
            case
                when
                    is_seen
                    and is_checked
                    and unknown_patches = 0
                    and missing_patches = 0
                then 1
                else 0
            end as compliant,
            case when unknown_patches > 0 then 1 else 0 end as unknown,
            case when is_checked then 0 else 1 end as stale,
            case when is_seen then 0 else 1 end as unseen,
            valid_from,
            valid_to,
            {{ asset_dimensions() | join(", ") }}
        from {{ ref("int_patch__device_spans") }}
    ),

    device_cells as (
        {{
            span_sums(
                "devices",
                ["known", "compliant", "unknown", "stale", "unseen"],
                asset_dimensions(),
            )
        }}
    ),

    {#- what is known per device and patch, cut to the days of the population #}
    {% for name, amounts in [
        ("pair", ["missing", "unknown", "exempt"]),
        ("deadline", ["unreachable", "overdue", "installed_late"]),
        ("kev", ["overdue", "due", "on_time"]),
    ] %}
        {{ name }}_parts as (
            {%- if name == "pair" %}
                select
                    device_key,
                    severity,
                    missing,
                    unknown,
                    0 as exempt,
                    valid_from,
                    valid_to
                from {{ ref("int_patch__due_counts") }}
                union all
                select
                    device_key,
                    severity,
                    0 as missing,
                    0 as unknown,
                    1 as exempt,
                    valid_from,
                    valid_to
                from {{ ref("int_patch__exempt_spans") }}
            {%- elif name == "deadline" %}
                select
                    device_key,
                    cast(null as string) as severity,
                    case
                        when reason_code = 'device_unreachable' then 1 else 0
                    end as unreachable,
                    case
                        when reason_code in ('patch_overdue', 'patch_failed')
                        then 1
                        else 0
                    end as overdue,
                    case
                        when reason_code = 'patch_installed_late' then 1 else 0
                    end as installed_late,
                    valid_from,
                    valid_to
                from {{ ref("int_patch__missed_deadlines") }}
            {%- else %}
                select
                    device_key,
                    cast(null as string) as severity,
                    1 as overdue,
                    0 as due,
                    0 as on_time,
                    greatest(valid_from, {{ add_days("due_date", 1) }}) as valid_from,
                    valid_to
                from {{ ref("int_patch__kev_spans") }}
                where not is_installed
                union all
                select
                    kev_spans.device_key,
                    cast(null as string) as severity,
                    0 as overdue,
                    1 as due,
                    case when kev_spans.is_on_time then 1 else 0 end as on_time,
                    greatest(kev_spans.valid_from, kev_spans.due_date) as valid_from,
                    least(
                        kev_spans.valid_to,
                        {{
                            add_days(
                                "kev_spans.due_date", "policy.discovery_window_days"
                            )
                        }}
                    ) as valid_to
                from {{ ref("int_patch__kev_spans") }} as kev_spans
                cross join policy
            {%- endif %}
        ),

        {{ name }}_members as (
            select
                parts.severity,
                {%- for amount in amounts %} parts.{{ amount }}, {%- endfor %}
                {%- for dimension in asset_dimensions() %}
                    population.{{ dimension }},
                {%- endfor %}
                greatest(parts.valid_from, population.valid_from) as valid_from,
                least(parts.valid_to, population.valid_to) as valid_to
            from {{ name }}_parts as parts
            inner join
                population
                on population.device_key = parts.device_key
                and population.valid_from < parts.valid_to
                and population.valid_to > parts.valid_from
        ),

        {{ name }}_cells as (
            {{
                span_sums(
                    name ~ "_members",
                    amounts,
                    asset_dimensions() + (["severity"] if name == "pair" else []),
                )
            }}
        ),
    {% endfor %}

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
            {%- if kpi_id == "patch_compliance_rate" %}
                where dim_type <> 'severity'
                {%- endif %} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    int_companions__patches as (
        select facts.*
        from facts
        inner join dates on dates.as_of_date = facts.as_of_date
        where facts.value is not null and (facts.value <> 0 or facts.dim_type = 'all')
    )

select *
from int_companions__patches

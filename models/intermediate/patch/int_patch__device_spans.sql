-- one row per device whose patches are managed and span of days with the same state
-- of them
-- long: six kinds of spans in one sweep
with
    device_rows as (select * from {{ ref("int_devices__rows") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    {% set weights = [
        "row_id",
        "asset_row_id",
        "listed",
        "checked",
        "seen",
        "missing",
        "critical",
        "important",
        "moderate",
        "unknown",
    ] -%}
    {%- set sources = [
        (ref("int_devices__survivor_spans"), "true", {"row_id": "row_id"}),
        (
            ref("int_devices__asset_spans"),
            "true",
            {"asset_row_id": "asset_row_id"},
        ),
        (
            ref("int_patch__checked_spans"),
            "mark = 'listed'",
            {"listed": "1"},
        ),
        (
            ref("int_patch__checked_spans"),
            "mark = 'checked'",
            {"checked": "1"},
        ),
        (ref("int_devices__seen_spans"), "window_days = 30", {"seen": "1"}),
        (
            ref("int_patch__due_counts"),
            "true",
            {
                "missing": "missing",
                "critical": "case when severity = 'critical' then missing else 0 end",
                "important": "case when severity = 'important' then missing else 0 end",
                "moderate": "case when severity = 'moderate' then missing else 0 end",
                "unknown": "unknown",
            },
        ),
    ] %}
    parts as (
        {% for relation, condition, values in sources %}
            {{ "union all" if not loop.first }}
            select
                device_key,
                {%- for weight in weights %}
                    {{ values.get(weight, "0") }} as {{ weight }},
                {%- endfor %}
                valid_from,
                valid_to
            from {{ relation }}
            where {{ condition }}
        {% endfor %}
    ),

    swept as (
        {{ sweep("parts", ["device_key"], weights, "row_id > 0 and listed > 0") }}
    ),

    device_spans as (
        select
            swept.device_key,
            swept.valid_from,
            swept.valid_to,
            swept.seen > 0 as is_seen,
            swept.checked > 0 as is_checked,
            swept.missing as missing_patches,
            case
                when swept.critical > 0
                then 'critical'
                when swept.important > 0
                then 'important'
                when swept.moderate > 0
                then 'moderate'
                when swept.missing > 0
                then 'low'
            end as worst_severity,
            swept.critical as missing_critical_patches,
            swept.unknown as unknown_patches,
            coalesce(asset_rows.asset_class, device_rows.device_class) as asset_class,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.manufacturer
        from swept
        inner join device_rows on device_rows.row_id = swept.row_id
        left join asset_rows on asset_rows.row_id = swept.asset_row_id
        where
            coalesce(asset_rows.canonical_status, 'deployed')
            not in ('retired', 'disposed')
            and coalesce(device_rows.ownership, 'unknown') not in ('personal', 'byod')
            and not coalesce(asset_rows.is_byod, false)
            and case
                when device_rows.device_class is null
                then coalesce(asset_rows.is_in_scope, true)
                else device_rows.is_class_in_scope
            end
    )

select *
from device_spans

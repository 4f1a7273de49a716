-- one row per asset class with devices whose patches are managed, on the newest as-of
-- date
-- long: devices, patches and deadlines side by side
with
    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    devices as (
        select
            devices.*,
            newest.as_of_date,
            coalesce(devices.asset_class, '(unassigned)') as device_class
        from {{ ref("int_patch__device_spans") }} as devices
        inner join
            newest
            on newest.as_of_date >= devices.valid_from
            and newest.as_of_date < devices.valid_to
    ),

    due as (
        select due.*
        from {{ ref("int_patch__due_counts") }} as due
        inner join
            newest
            on newest.as_of_date >= due.valid_from
            and newest.as_of_date < due.valid_to
    ),

    deadlines as (
        select deadlines.*
        from {{ ref("int_patch__critical_deadlines") }} as deadlines
        inner join
            newest
            on newest.as_of_date >= deadlines.valid_from
            and newest.as_of_date < deadlines.valid_to
    ),

    by_device as (
        select
            as_of_date,
            device_class,
            count(*) as device_count,
            sum(
                case
                    when
                        is_seen
                        and is_checked
                        and missing_patches = 0
                        and unknown_patches = 0
                    then 1
                    else 0
                end
            ) as compliant_device_count,
            sum(
                case when missing_patches > 0 then 1 else 0 end
            ) as missing_device_count,
            sum(
                case when missing_critical_patches > 0 then 1 else 0 end
            ) as missing_critical_device_count,
            sum(
                case when unknown_patches > 0 then 1 else 0 end
            ) as unknown_device_count,
            sum(case when is_checked then 0 else 1 end) as stale_device_count,
            sum(case when is_seen then 0 else 1 end) as unseen_device_count
        from devices
        group by as_of_date, device_class
    ),

    by_patch as (
        select
            devices.device_class,
            sum(due.installed) as installed_patch_count,
            {%- for severity in ["critical", "important", "moderate"] %}
                sum(
                    case
                        when due.severity = '{{ severity }}' then due.missing else 0
                    end
                ) as missing_{{ severity }}_patch_count,
            {%- endfor %}
            sum(
                case
                    when due.severity in ('critical', 'important', 'moderate')
                    then 0
                    else due.missing
                end
            ) as missing_other_patch_count,
            sum(due.unknown) as unknown_patch_count
        from due
        inner join devices on devices.device_key = due.device_key
        group by devices.device_class
    ),

    by_deadline as (
        select
            devices.device_class,
            count(*) as critical_deadline_count,
            sum(deadlines.on_time) as critical_on_time_count
        from deadlines
        inner join devices on devices.device_key = deadlines.device_key
        group by devices.device_class
    ),

    mart_patch_by_class as (
        select
            by_device.as_of_date,
            by_device.device_class as asset_class,
            by_device.device_count,
            cast(by_device.compliant_device_count as bigint) as compliant_device_count,
            cast(by_device.compliant_device_count as double)
            / cast(by_device.device_count as double) as compliance_rate,
            {%- for state in [
                "missing",
                "missing_critical",
                "unknown",
                "stale",
                "unseen",
            ] %}
                cast(
                    by_device.{{ state }}_device_count as bigint
                ) as {{ state }}_device_count,
            {%- endfor %}
            {%- for count in [
                "installed",
                "missing_critical",
                "missing_important",
                "missing_moderate",
                "missing_other",
                "unknown",
            ] %}
                cast(
                    coalesce(by_patch.{{ count }}_patch_count, 0) as bigint
                ) as {{ count }}_patch_count,
            {%- endfor %}
            coalesce(by_deadline.critical_deadline_count, 0) as critical_deadline_count,
            cast(
                coalesce(by_deadline.critical_on_time_count, 0) as bigint
            ) as critical_on_time_count
        from by_device
        left join by_patch on by_patch.device_class = by_device.device_class
        left join by_deadline on by_deadline.device_class = by_device.device_class
    )

select *
from mart_patch_by_class

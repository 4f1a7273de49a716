-- one row: every threshold a column
-- long: one line per threshold
with
    thresholds as (
        {{
            policy(
                "kpi_policy",
                keys=["name"],
                columns={"name": "varchar", "value": "varchar"},
            )
        }}
    )

select
    max(case when name = 'base_currency' then value end) as base_currency,
    max(case when name = 'reporting_time_zone' then value end) as reporting_time_zone,
    max(
        case
            when name = 'low_confidence_coverage' then cast(value as decimal(18, 6))
        end
    ) as low_confidence_coverage,
    max(
        case
            when name = 'inventory_accuracy_gate' then cast(value as decimal(18, 6))
        end
    ) as inventory_accuracy_gate,
    max(
        case when name = 'amber_margin_rate' then cast(value as decimal(18, 6)) end
    ) as amber_margin_rate,
    max(
        case when name = 'amber_margin_other' then cast(value as decimal(18, 6)) end
    ) as amber_margin_other,
    max(
        case when name = 'baseline_days' then cast(value as integer) end
    ) as baseline_days,
    max(
        case when name = 'baseline_min_valid_days' then cast(value as integer) end
    ) as baseline_min_valid_days,
    max(
        case when name = 'small_population' then cast(value as integer) end
    ) as small_population,
    max(
        case when name = 'activity_window_days' then cast(value as integer) end
    ) as activity_window_days,
    max(
        case when name = 'discovery_window_days' then cast(value as integer) end
    ) as discovery_window_days,
    max(
        case when name = 'usage_window_days' then cast(value as integer) end
    ) as usage_window_days,
    max(
        case when name = 'saas_window_days' then cast(value as integer) end
    ) as saas_window_days,
    max(
        case when name = 'saas_rampup_days' then cast(value as integer) end
    ) as saas_rampup_days,
    max(
        case when name = 'patch_status_max_age_days' then cast(value as integer) end
    ) as patch_status_max_age_days,
    max(
        case when name = 'kev_internet_facing_hours' then cast(value as integer) end
    ) as kev_internet_facing_hours,
    max(
        case when name = 'lifecycle_grace_days' then cast(value as integer) end
    ) as lifecycle_grace_days,
    max(
        case when name = 'stage_limit_days' then cast(value as integer) end
    ) as stage_limit_days,
    max(
        case when name = 'approval_grace_days' then cast(value as integer) end
    ) as approval_grace_days,
    max(
        case when name = 'default_notice_days' then cast(value as integer) end
    ) as default_notice_days,
    max(
        case when name = 'renewal_review_days' then cast(value as integer) end
    ) as renewal_review_days,
    max(
        case when name = 'sanitization_on_time_days' then cast(value as integer) end
    ) as sanitization_on_time_days,
    max(
        case
            when name = 'labor_rate_per_hour_usd' then cast(value as decimal(18, 6))
        end
    ) as labor_rate_per_hour_usd,
    max(
        case when name = 'user_hour_usd' then cast(value as decimal(18, 6)) end
    ) as user_hour_usd,
    max(
        case
            when name = 'delivery_min_rows_fraction' then cast(value as decimal(18, 6))
        end
    ) as delivery_min_rows_fraction,
    max(
        case when name = 'license_device_seen_days' then cast(value as integer) end
    ) as license_device_seen_days,
    max(
        case when name = 'shelfware_min_minutes_90d' then cast(value as integer) end
    ) as shelfware_min_minutes_90d,
    max(
        case when name = 'deploy_transit_days' then cast(value as integer) end
    ) as deploy_transit_days,
    max(case when name = 'eol_basis' then value end) as eol_basis,
    max(
        case when name = 'idle_server_cpu_p95' then cast(value as decimal(18, 6)) end
    ) as idle_server_cpu_p95,
    max(case when name = 'profile' then lower(trim(value)) end) as profile,
    max(case when name = 'objective' then lower(trim(value)) end) as objective,
    max(
        case when name = 'baseline_gap_step' then cast(value as decimal(18, 6)) end
    ) as baseline_gap_step,
    max(
        case
            when name = 'acquisition_mismatch_fraction'
            then cast(value as decimal(18, 6))
        end
    ) as acquisition_mismatch_fraction,
    max(
        case when name = 'persistent_overspend_periods' then cast(value as integer) end
    ) as persistent_overspend_periods,
    max(
        case
            when name = 'overdue_device_loss_usd' then cast(value as decimal(18, 6))
        end
    ) as overdue_device_loss_usd,
    max(
        case
            when name = 'unreturned_value_fraction' then cast(value as decimal(18, 6))
        end
    ) as unreturned_value_fraction,
    count(*) as thresholds
from thresholds

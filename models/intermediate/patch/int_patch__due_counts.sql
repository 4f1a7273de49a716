-- one row per device, severity and span of days with the same number of due patches
-- in each state
with
    due as (
        select
            device_key,
            severity,
            case when state = 'installed' then 1 else 0 end as installed,
            case when state in ('missing', 'failed') then 1 else 0 end as missing,
            case when state = 'unknown' then 1 else 0 end as unknown,
            greatest(valid_from, due_on) as valid_from,
            valid_to
        from {{ ref("int_patch__applicable_spans") }}
    ),

    due_counts as (
        {{
            sweep(
                "due",
                ["device_key", "severity"],
                ["installed", "missing", "unknown"],
                "installed + missing + unknown > 0",
            )
        }}
    )

select *
from due_counts

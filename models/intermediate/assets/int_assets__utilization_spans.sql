-- one row per asset whose use matters and span of days with the same signs of it
-- long: who counts, who is on leave, and five signs of use in one sweep
with
    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    -- deployed, observable, not a spare, and long enough in service
    deployed as (
        select
            survivors.asset_key,
            survivors.row_id,
            asset_rows.assigned_person_id,
            greatest(
                survivors.valid_from,
                coalesce(
                    {{
                        add_days(
                            "asset_rows.in_service_date", "policy.deploy_transit_days"
                        )
                    }},
                    survivors.valid_from
                )
            ) as valid_from,
            survivors.valid_to
        from {{ ref("int_assets__survivor_spans") }} as survivors
        inner join asset_rows on asset_rows.row_id = survivors.row_id
        cross join policy
        where
            asset_rows.is_managed_estate
            and asset_rows.canonical_status = 'deployed'
            and asset_rows.is_activity_observable
            and asset_rows.asset_function not in ('spare', 'loaner', 'dr')
    ),

    leave as (
        select
            person_id,
            greatest(valid_from, active_from) as valid_from,
            least(valid_to, active_to) as valid_to
        from {{ ref("int_people__spells") }}
        where is_on_leave
    ),

    merged_leave as ({{ merge_spans("leave", ["person_id"]) }}),

    owner_on_leave as (
        select
            deployed.asset_key,
            greatest(deployed.valid_from, merged_leave.valid_from) as valid_from,
            least(deployed.valid_to, merged_leave.valid_to) as valid_to
        from deployed
        inner join
            merged_leave
            on merged_leave.person_id = deployed.assigned_person_id
            and merged_leave.valid_from < deployed.valid_to
            and merged_leave.valid_to > deployed.valid_from
    ),

    {% set signs = ["matched", "user_known", "user_active", "seen", "working"] -%}
    parts as (
        select
            asset_key,
            row_id,
            0 as on_leave,
            {%- for sign in signs %} 0 as {{ sign }}, {%- endfor %}
            valid_from,
            valid_to
        from deployed
        union all
        select
            asset_key,
            0 as row_id,
            1 as on_leave,
            {%- for sign in signs %} 0 as {{ sign }}, {%- endfor %}
            valid_from,
            valid_to
        from owner_on_leave
        union all
        select
            asset_key,
            0 as row_id,
            0 as on_leave,
            {%- for sign in signs %}
                case when sign = '{{ sign }}' then 1 else 0 end as {{ sign }},
            {%- endfor %}
            valid_from,
            valid_to
        from {{ ref("int_assets__activity_spans") }}
    ),

    utilization_spans as (
        {{
            sweep(
                "parts",
                ["asset_key"],
                ["row_id", "on_leave"] + signs,
                "row_id > 0",
            )
        }}
    )

select *
from utilization_spans

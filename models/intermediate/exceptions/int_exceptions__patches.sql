-- one row per KPI, failing member and span of days with the same reason and slices
-- long: three KPIs in one shape
with
    devices as (
        select *
        from {{ ref("int_patch__device_spans") }}
        where
            not (is_seen and is_checked and missing_patches = 0 and unknown_patches = 0)
    ),

    population as (select * from {{ ref("int_patch__population_spans") }}),

    due_pairs as (
        select
            device_key,
            patch_id,
            'patch_instance_compliance_rate' as kpi_id,
            'patch' as entity_type,
            case
                when state = 'failed' then 'patch_failed' else 'patch_missing'
            end as reason_code,
            severity,
            due_on as due_date,
            greatest(valid_from, due_on) as valid_from,
            valid_to
        from {{ ref("int_patch__applicable_spans") }}
        where state in ('missing', 'failed') and due_on < valid_to
        union all
        select
            device_key,
            patch_id,
            'critical_patch_on_time_rate' as kpi_id,
            'critical_patch' as entity_type,
            reason_code,
            'critical' as severity,
            deadline_date as due_date,
            valid_from,
            valid_to
        from {{ ref("int_patch__missed_deadlines") }}
    ),

    members as (
        select
            'patch_compliance_rate' as kpi_id,
            'device' as entity_type,
            device_key as entity_id,
            case
                when missing_patches > 0
                then 'patch_missing'
                when unknown_patches > 0
                then 'patch_state_unknown'
                when not is_checked
                then 'patch_check_stale'
                else 'not_seen_lately'
            end as reason_code,
            worst_severity as patch_severity,
            nullif(
                concat_ws(
                    '; ',
                    case
                        when missing_critical_patches > 0
                        then
                            concat_ws(
                                '',
                                missing_patches,
                                ' missing, ',
                                missing_critical_patches,
                                ' of them critical'
                            )
                        when missing_patches > 0
                        then concat_ws('', missing_patches, ' missing')
                    end,
                    case
                        when unknown_patches > 0
                        then concat_ws('', unknown_patches, ' of unknown state')
                    end,
                    case when not is_checked then 'not checked lately' end,
                    case when not is_seen then 'not seen lately' end
                ),
                ''
            ) as detail,
            cast(null as date) as due_date,
            valid_from,
            valid_to,
            {{ asset_dimensions() | join(", ") }}
        from devices
        union all
        select
            due_pairs.kpi_id,
            due_pairs.entity_type,
            concat_ws('', due_pairs.device_key, '|', due_pairs.patch_id) as entity_id,
            due_pairs.reason_code,
            due_pairs.severity as patch_severity,
            null as detail,
            due_pairs.due_date,
            greatest(due_pairs.valid_from, population.valid_from) as valid_from,
            least(due_pairs.valid_to, population.valid_to) as valid_to,
            {%- for dimension in asset_dimensions() %}
                population.{{ dimension }} {{ "," if not loop.last }}
            {%- endfor %}
        from due_pairs
        inner join
            population
            on population.device_key = due_pairs.device_key
            and population.valid_from < due_pairs.valid_to
            and population.valid_to > due_pairs.valid_from
    ),

    int_exceptions__patches as (
        select
            kpi_id,
            entity_type,
            entity_id,
            reason_code,
            cast(1 as decimal(38, 12)) as quantity,
            case
                when patch_severity = 'important'
                then 'high'
                when patch_severity = 'moderate'
                then 'medium'
                when patch_severity = 'unspecified'
                then 'low'
                else patch_severity
            end as severity,
            detail,
            due_date,
            valid_from,
            valid_to,
            {%- for dimension in asset_dimensions() %}
                coalesce({{ dimension }}, '(unassigned)') as {{ dimension }},
            {%- endfor %}
            cast(null as string) as publisher,
            cast(null as string) as product
        from members
    )

select *
from int_exceptions__patches

-- one row per finding that counts, the audit it belongs to, and span of days
with
    findings as (select * from {{ ref("int_assurance__findings") }} where is_counted),

    named as (
        select
            'audit_id' as ref_kind,
            audit_id as ref_id,
            source_system,
            audit_id as entity_key,
            valid_from,
            valid_to
        from {{ state_of("stg_assurance__audit") }} as audit
    ),

    named_spans as (
        {{
            merge_spans(
                "named", ["ref_kind", "ref_id", "source_system", "entity_key"]
            )
        }}
    ),

    audit_ids as ({{ sole_references("named_spans") }}),

    audit_findings as (
        select
            audit_ids.source_system,
            audit_ids.ref_id as audit_id,
            findings.finding_row_id,
            findings.severity,
            findings.canonical_status,
            greatest(audit_ids.valid_from, findings.valid_from) as valid_from,
            least(audit_ids.valid_to, findings.valid_to) as valid_to
        from findings
        inner join
            audit_ids
            on audit_ids.ref_id = findings.audit_id
            and (audit_ids.source_system = findings.source_system or audit_ids.is_sole)
            and audit_ids.valid_from < findings.valid_to
            and audit_ids.valid_to > findings.valid_from
    )

select *
from audit_findings

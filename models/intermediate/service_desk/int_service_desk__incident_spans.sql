-- one row per version of an incident and affected CI, and span of days on which the
-- service desk's state has it
with
    incident_spans as (
        select
            row_id as incident_row_id,
            source_system,
            incident_id,
            ci_id,
            valid_from,
            valid_to
        from {{ state_of("stg_service_desk__incident") }} as incident
    )

select *
from incident_spans

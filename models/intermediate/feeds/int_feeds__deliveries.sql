-- one row per accepted delivery
with
    deliveries as (
        select feed, source_system, extracted_at
        from {{ source("landing", "deliveries") }}
        where status = 'accepted'
    )

select *
from deliveries

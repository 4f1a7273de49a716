-- one row per check and what it marks: a KPI, the KPIs that need a feed, or all
select door, check_id, feed, kpi_id, is_compromised, sentence, valid_from, valid_to
from {{ source("ledger", "gate_marks") }}

-- one row per refresh and delivery that it took in
select refresh_id, delivery, feed, extracted_at, status
from {{ source("ledger", "arrivals") }}

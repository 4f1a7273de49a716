-- one row per group of random values: what aggregates make of them
select
    few,
    {{ percentile("half", 0.5) }} as median,
    {{ percentile("half", 0.1) }} as tenth,
    sum(amount) as amount,
    sum(price) as price,
    {{ as_double("sum(amount)") }} as amount_double,
    max(name) as last_name,
    min(name) as first_name,
    count(distinct name) as names
from {{ source("values", "sampled") }}
group by few

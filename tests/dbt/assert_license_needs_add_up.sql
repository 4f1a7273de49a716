-- The consumers an auditor reads add up to the position: needs, and no more covered
-- than the
-- rights can meet.
{{ config(meta={"dagster": {"ref": {"name": "fct_license_position"}}}) }}

with
    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    listed as (
        select
            product_key,
            sum(needed_rights) as needed,
            sum(case when is_covered then needed_rights else 0 end) as covered
        from {{ ref("fct_license_consumers") }}
        group by product_key
    ),

    published as (
        select positions.*
        from {{ ref("fct_license_position") }} as positions
        inner join newest on newest.as_of_date = positions.as_of_date
        where positions.required_rights > 0
    )

select listed.*, published.required_rights, published.covered_rights
from listed
full outer join published on published.product_key = listed.product_key
where
    coalesce(listed.needed, 0) <> coalesce(published.required_rights, 0)
    or coalesce(listed.covered, 0) > coalesce(published.covered_rights, 0)

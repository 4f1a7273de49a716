-- The list an auditor reads adds up to the published rate: installs and compliant
-- installs per
-- product.
{{ config(meta={"dagster": {"ref": {"name": "fct_license_installs"}}}) }}

with
    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    listed as (
        select
            product_key,
            count(*) as installs,
            sum(case when is_compliant then 1 else 0 end) as compliant
        from {{ ref("fct_license_installs") }}
        where coverage_reason not in ('unlimited', 'metric_not_countable')
        group by product_key
    ),

    published as (
        select positions.*
        from {{ ref("fct_license_position") }} as positions
        inner join newest on newest.as_of_date = positions.as_of_date
        where positions.licensable_installs > 0
    )

select listed.*, published.licensable_installs, published.compliant_installs
from listed
full outer join published on published.product_key = listed.product_key
where
    coalesce(listed.installs, 0) <> coalesce(published.licensable_installs, 0)
    or coalesce(listed.compliant, 0) <> coalesce(published.compliant_installs, 0)

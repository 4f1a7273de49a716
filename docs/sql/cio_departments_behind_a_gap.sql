-- Which departments hold most of the gap in inventory accuracy?
-- Departments add up to the whole, so a share of the gap is a share of the gap.
with
    slices as (
        select *
        from marts.kpi_results
        where
            kpi_id = 'inventory_accuracy_rate'
            and as_of_date = (select max(as_of_date) from marts.kpi_results)
    ),

    total as (select * from slices where dim_type = 'all')

select
    slices.dim_value as department,
    slices.denominator as records,
    slices.denominator - slices.numerator as inaccurate_records,
    round(slices.value, 3) as accuracy,
    round(
        (slices.denominator - slices.numerator)
        / nullif(total.denominator - total.numerator, 0),
        3
    ) as share_of_gap
from slices
cross join total
where slices.dim_type = 'department'
order by inaccurate_records desc

-- Do the slices of every KPI add up to the whole?
-- Differences should be zero.
-- budget_variance: the denominator of a slice is the size of its budget, whatever its
-- sign.
with
    today as (
        select *
        from marts.kpi_results
        where as_of_date = (select max(as_of_date) from marts.kpi_results)
    ),

    slices as (
        select
            kpi_id,
            dim_type,
            count(*) as slices,
            sum(numerator) as numerator,
            sum(denominator) as denominator
        from today
        where dim_type <> 'all'
        group by kpi_id, dim_type
    )

select
    slices.kpi_id,
    slices.dim_type,
    slices.slices,
    round(slices.numerator - whole.numerator, 4) as numerator_difference,
    round(slices.denominator - whole.denominator, 4) as denominator_difference
from slices
inner join today as whole on whole.kpi_id = slices.kpi_id and whole.dim_type = 'all'
order by
    abs(numerator_difference)
    + abs(coalesce(denominator_difference, 0)) desc nulls last,
    slices.kpi_id,
    slices.dim_type

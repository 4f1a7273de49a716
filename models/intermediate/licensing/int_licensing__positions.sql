-- one row per product with a need or a right, and as-of date (K14)
-- long: needs, rights and the walk over consumers meet here
with
    counts as (select * from {{ ref("int_licensing__consumer_counts") }}),

    rights as (select * from {{ ref("int_licensing__rights") }}),

    terms as (select * from {{ ref("int_licensing__terms") }}),

    as_of_dates as (select as_of_date from {{ ref("int_calendar__as_of_dates") }}),

    needs as (
        select
            product_key,
            as_of_date,
            version_order,
            sum(need * consumers) as need,
            sum(installs * consumers) as installs
        from counts
        group by product_key, as_of_date, version_order
    ),

    owned as (
        select
            rights.product_key,
            as_of_dates.as_of_date,
            rights.right_kind,
            {{ version_order("rights.version_major") }} as version_order,
            sum(rights.rights) as rights
        from rights
        inner join
            as_of_dates
            on as_of_dates.as_of_date >= rights.valid_from
            and as_of_dates.as_of_date < rights.valid_to
        group by
            rights.product_key,
            as_of_dates.as_of_date,
            rights.right_kind,
            rights.version_major
    ),

    shortfalls as (
        {{ license_shortfall("needs", "owned", ["product_key", "as_of_date"]) }}
    ),

    -- consumers that are alike are covered or not by how many fit: those with an
    -- assignment
    -- first, small needs first
    ordered as (
        select
            product_key,
            as_of_date,
            has_assignment,
            need,
            installs,
            consumers,
            sum(need * consumers) over (
                partition by product_key, as_of_date
                order by has_assignment desc nulls last, need, installs desc nulls last
                rows between unbounded preceding and current row
            )
            - need * consumers as needed_before
        from
            (
                select
                    product_key,
                    as_of_date,
                    has_assignment,
                    need,
                    installs,
                    sum(consumers) as consumers
                from counts
                -- a seat licence covers who has a seat
                where has_assignment or metric <> 'subscription_seat'
                group by product_key, as_of_date, has_assignment, need, installs
            ) as classes
    ),

    covered as (
        select
            ordered.product_key,
            ordered.as_of_date,
            sum(
                ordered.installs * case
                    when
                        ordered.needed_before
                        > shortfalls.required - shortfalls.shortfall
                    then 0
                    when ordered.need = 0
                    then ordered.consumers
                    else
                        least(
                            ordered.consumers,
                            floor(
                                (
                                    shortfalls.required
                                    - shortfalls.shortfall
                                    - ordered.needed_before
                                )
                                / ordered.need
                            )
                        )
                end
            ) as covered_installs
        from ordered
        inner join
            shortfalls
            on shortfalls.product_key = ordered.product_key
            and shortfalls.as_of_date = ordered.as_of_date
        group by ordered.product_key, ordered.as_of_date
    ),

    install_counts as (
        select product_key, as_of_date, sum(installs) as installs
        from needs
        group by product_key, as_of_date
    ),

    positions as (
        select
            shortfalls.product_key,
            shortfalls.as_of_date,
            terms.metric,
            terms.metric_rule_id,
            terms.is_entitled,
            terms.has_several_metrics,
            terms.exclusion_reason,
            shortfalls.rights_exact,
            shortfalls.rights_downgrade,
            shortfalls.rights_any_version,
            shortfalls.required,
            shortfalls.shortfall,
            shortfalls.required - shortfalls.shortfall as covered_rights,
            coalesce(install_counts.installs, 0) as installs,
            cast(coalesce(covered.covered_installs, 0) as bigint) as covered_installs
        from shortfalls
        inner join
            terms
            on terms.product_key = shortfalls.product_key
            and terms.valid_from <= shortfalls.as_of_date
            and terms.valid_to > shortfalls.as_of_date
        left join
            install_counts
            on install_counts.product_key = shortfalls.product_key
            and install_counts.as_of_date = shortfalls.as_of_date
        left join
            covered
            on covered.product_key = shortfalls.product_key
            and covered.as_of_date = shortfalls.as_of_date
    )

select *
from positions

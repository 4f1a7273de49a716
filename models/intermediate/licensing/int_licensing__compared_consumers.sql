-- one row per product, consumer and date that readers compare (K14.6)
-- long: the walk and its verdict belong together
with
    compared as ({{ compared_dates() }}),

    consumers as (select * from {{ ref("int_licensing__consumers") }}),

    positions as (select * from {{ ref("int_licensing__positions") }}),

    products as (select * from {{ ref("int_licensing__products") }}),

    standing as (
        select
            consumers.*,
            positions.as_of_date,
            positions.is_entitled,
            positions.covered_rights,
            not consumers.has_assignment
            and consumers.metric = 'subscription_seat' as is_without_seat
        from consumers
        cross join compared
        inner join
            positions
            on positions.product_key = consumers.product_key
            and positions.as_of_date = compared.as_of_date
        where
            consumers.valid_from <= compared.as_of_date
            and consumers.valid_to > compared.as_of_date
    ),

    walked as (
        select
            standing.*,
            sum(need) over (
                partition by product_key, as_of_date
                order by
                    is_without_seat,
                    has_assignment desc nulls last,
                    need,
                    installs desc nulls last,
                    consumer_key
                rows between unbounded preceding and current row
            ) as needed_so_far
        from standing
    ),

    judged as (
        select
            walked.product_key,
            walked.consumer_key,
            walked.as_of_date,
            walked.metric,
            walked.metric_rule_id,
            walked.version_order,
            walked.has_assignment,
            walked.seats,
            walked.devices,
            walked.installs,
            walked.need,
            walked.needed_so_far,
            walked.covered_rights,
            not walked.is_without_seat
            and walked.needed_so_far <= walked.covered_rights as is_covered,
            case
                when walked.is_without_seat
                then 'no_seat'
                when
                    walked.needed_so_far <= walked.covered_rights and products.is_denied
                then 'denied'
                when walked.needed_so_far <= walked.covered_rights
                then 'covered'
                when not walked.is_entitled
                then 'no_entitlement'
                when walked.covered_rights <= 0
                then 'no_right_of_its_version'
                else 'rights_exhausted'
            end as coverage_reason
        from walked
        inner join products on products.product_key = walked.product_key
    )

select *
from judged

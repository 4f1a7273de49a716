-- one row per KPI, product that falls short of it, and as-of date
-- long: six KPIs read three models
with
    positions as (
        select
            positions.*, rights_exact + rights_downgrade + rights_any_version as rights
        from {{ ref("int_licensing__positions") }} as positions
        where exclusion_reason is null
    ),

    amounts as (
        select
            amounts.*,
            case
                when used_rights = 0
                then 'product_unused'
                when undeployed_rights > 0
                then 'rights_undeployed'
                else 'rights_idle'
            end as idle_reason,
            case
                when never_rights > 0
                then 'rights_never_used'
                when dormant_rights > 0
                then 'rights_dormant'
                else 'rights_rarely_used'
            end as shelf_reason,
            concat_ws(
                '',
                cast(floor(used_rights) as bigint),
                ' of ',
                cast(floor(rights) as bigint),
                ' rights in use'
            ) as use_in_words,
            concat_ws(
                '',
                'of ',
                cast(floor(rights) as bigint),
                ' rights ',
                cast(floor(undeployed_rights) as bigint),
                ' not deployed, ',
                cast(floor(never_rights) as bigint),
                ' never used, ',
                cast(floor(dormant_rights) as bigint),
                ' dormant, ',
                cast(floor(rare_rights) as bigint),
                ' rarely used'
            ) as shelf_in_words
        from {{ ref("int_licensing__utilization") }} as amounts
    ),

    subscriptions as (
        select * from {{ ref("int_licensing__subscription_use") }} where is_measurable
    ),

    failing_seats as (
        select product_key, 1 as seats, valid_from, valid_to
        from {{ ref("int_licensing__held_seats") }}
        where failure is not null
    ),

    failing_seat_counts as (
        {{ amounts_as_of("failing_seats", ["product_key"], ["seats"]) }}
    ),

    -- what the failing seats do not explain: seats without a user, or more than bought
    other_seats as (
        select
            subscriptions.*,
            purchased_seats
            - least(purchased_seats, active_people)
            - coalesce(failing_seat_counts.seats, 0) as other_seats
        from subscriptions
        left join
            failing_seat_counts
            on failing_seat_counts.product_key = subscriptions.product_key
            and failing_seat_counts.as_of_date = subscriptions.as_of_date
    ),

    gaps as (
        select
            'license_position_rate' as kpi_id,
            product_key,
            as_of_date,
            case
                when not is_entitled
                then 'no_entitlement'
                when rights < required
                then 'rights_exhausted'
                else 'no_right_of_version'
            end as reason_code,
            cast(shortfall as decimal(38, 12)) as quantity,
            concat_ws(
                '',
                cast(floor(required) as bigint),
                ' rights needed, ',
                cast(floor(rights) as bigint),
                ' owned'
            ) as detail
        from positions
        union all
        select
            'saas_utilization_rate' as kpi_id,
            product_key,
            as_of_date,
            case
                when other_seats < 0
                then 'seats_over_assigned'
                else 'seats_without_user'
            end as reason_code,
            cast(other_seats as decimal(38, 12)) as quantity,
            concat_ws(
                '',
                cast(floor(purchased_seats) as bigint),
                ' seats bought, ',
                cast(held_seats as bigint),
                ' counted seats held, ',
                cast(active_people as bigint),
                ' people active'
            ) as detail
        from other_seats
        union all
        select
            'license_utilization_rate' as kpi_id,
            product_key,
            as_of_date,
            idle_reason as reason_code,
            annual_cost - used_cost as quantity,
            use_in_words as detail
        from amounts
        where is_measurable
        union all
        select
            'software_spend_utilization' as kpi_id,
            product_key,
            as_of_date,
            idle_reason as reason_code,
            spend - used_spend as quantity,
            use_in_words as detail
        from amounts
        where is_measurable
        union all
        select
            'shelfware_pct' as kpi_id,
            product_key,
            as_of_date,
            shelf_reason as reason_code,
            shelf_cost as quantity,
            shelf_in_words as detail
        from amounts
        union all
        select
            'shelfware_total_pct' as kpi_id,
            product_key,
            as_of_date,
            case
                when undeployed_rights > 0 then 'rights_undeployed' else shelf_reason
            end as reason_code,
            shelf_cost + undeployed_cost as quantity,
            shelf_in_words as detail
        from amounts
    ),

    dates as ({{ dates_until_next() }}),

    product_gaps as (
        select gaps.*, dates.next_date
        from gaps
        inner join dates on dates.as_of_date = gaps.as_of_date
        where gaps.quantity <> 0
    )

select *
from product_gaps

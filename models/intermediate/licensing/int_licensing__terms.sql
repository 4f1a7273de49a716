-- one row per product and days on which its needs are counted the same way (K14.4)
-- long: metric and rule are chosen among entitlements on every day
with
    products as (select product_key from {{ ref("int_licensing__products") }}),

    rights as (select * from {{ ref("int_licensing__rights") }}),

    installs as (
        select product_key, valid_from, valid_to
        from {{ ref("int_licensing__licensable_installs") }}
        group by product_key, valid_from, valid_to
    ),

    installed as ({{ merge_spans("installs", ["product_key"]) }}),

    cuts as (
        select product_key, valid_from, valid_to
        from rights
        union all
        select product_key, valid_from, valid_to
        from installed
        union all
        select
            product_key, date '1900-01-01' as valid_from, {{ far_future() }} as valid_to
        from products
    ),

    pieces as ({{ cut_spans("cuts", ["product_key"]) }}),

    by_rule as (
        select
            pieces.product_key,
            pieces.valid_from,
            pieces.valid_to,
            rights.metric,
            rights.metric_rule_id,
            sum(rights.rights) as rights,
            max(case when rights.is_unlimited then 1 else 0 end) as is_unlimited
        from pieces
        inner join
            rights
            on rights.product_key = pieces.product_key
            and rights.valid_from <= pieces.valid_from
            and rights.valid_to >= pieces.valid_to
        group by
            pieces.product_key,
            pieces.valid_from,
            pieces.valid_to,
            rights.metric,
            rights.metric_rule_id
    ),

    summed as (
        select
            by_rule.*,
            sum(rights) over (
                partition by product_key, valid_from, metric
            ) as rights_of_metric,
            max(is_unlimited) over (
                partition by product_key, valid_from
            ) as is_product_unlimited
        from by_rule
    ),

    ranked as (
        select
            summed.*,
            row_number() over (
                partition by product_key, valid_from
                order by
                    rights_of_metric desc nulls last,
                    metric,
                    rights desc nulls last,
                    metric_rule_id nulls last
            ) as place,
            min(metric) over (partition by product_key, valid_from)
            <> max(metric) over (
                partition by product_key, valid_from
            ) as has_several_metrics
        from summed
    ),

    chosen as (
        select
            pieces.product_key,
            pieces.valid_from,
            pieces.valid_to,
            ranked.product_key is not null as is_entitled,
            coalesce(ranked.is_product_unlimited, 0) = 1 as is_unlimited,
            coalesce(
                ranked.metric,
                case
                    when installed.product_key is not null
                    then 'per_device'
                    else 'subscription_seat'
                end
            ) as metric,
            ranked.metric_rule_id,
            coalesce(ranked.has_several_metrics, false) as has_several_metrics
        from pieces
        left join
            ranked
            on ranked.product_key = pieces.product_key
            and ranked.valid_from = pieces.valid_from
            and ranked.place = 1
        left join
            installed
            on installed.product_key = pieces.product_key
            and installed.valid_from <= pieces.valid_from
            and installed.valid_to >= pieces.valid_to
    ),

    merged as (
        {{
            merge_spans(
                "chosen",
                [
                    "product_key",
                    "is_entitled",
                    "is_unlimited",
                    "metric",
                    "metric_rule_id",
                    "has_several_metrics",
                ],
            )
        }}
    ),

    terms as (
        select
            merged.*,
            case
                when is_unlimited
                then 'unlimited'
                when
                    metric not in (
                        'per_device',
                        'per_user',
                        'named_user',
                        'per_core',
                        'per_processor',
                        'subscription_seat'
                    )
                then 'metric_not_countable'
            end as exclusion_reason
        from merged
    )

select *
from terms

-- one row per product, consumer and days on which it needs the same rights (K14.4)
-- long: one arithmetic per metric
with
    parts as (select * from {{ ref("int_licensing__consumer_parts") }}),

    metric_rules as (select * from {{ ref("stg_policy__metric_rule") }}),

    pieces as (
        {{
            cut_spans(
                "parts", ["product_key", "metric", "metric_rule_id", "consumer_key"]
            )
        }}
    ),

    totals as (
        select
            pieces.product_key,
            pieces.metric,
            pieces.metric_rule_id,
            pieces.consumer_key,
            pieces.valid_from,
            pieces.valid_to,
            sum(parts.installs) as installs,
            count(distinct parts.device_key) as devices,
            sum(parts.seats) as seats,
            max({{ version_order("parts.version_major") }}) as version_order,
            max(parts.sockets) as sockets,
            max(parts.cores_per_socket) as cores_per_socket
        from pieces
        inner join
            parts
            on parts.product_key = pieces.product_key
            and parts.metric = pieces.metric
            and coalesce(parts.metric_rule_id, '') = coalesce(pieces.metric_rule_id, '')
            and parts.consumer_key = pieces.consumer_key
            and parts.valid_from <= pieces.valid_from
            and parts.valid_to >= pieces.valid_to
        group by
            pieces.product_key,
            pieces.metric,
            pieces.metric_rule_id,
            pieces.consumer_key,
            pieces.valid_from,
            pieces.valid_to
    ),

    needs as (
        select
            totals.product_key,
            totals.consumer_key,
            totals.metric,
            totals.metric_rule_id,
            totals.version_order,
            totals.installs,
            totals.devices,
            totals.seats,
            totals.seats > 0 as has_assignment,
            cast(
                case
                    totals.metric
                    when 'per_device'
                    then
                        ceil(
                            cast(totals.installs as double)
                            / coalesce(nullif(metric_rules.installs_per_right, 0), 1)
                        )
                    when 'per_user'
                    then
                        ceil(
                            cast(totals.devices as double)
                            / coalesce(nullif(metric_rules.devices_per_right, 0), 1)
                        )
                    when 'named_user'
                    then 1
                    when 'subscription_seat'
                    then totals.seats
                    when 'per_core'
                    then
                        ceil(
                            cast(
                                greatest(
                                    totals.sockets * totals.cores_per_socket,
                                    coalesce(metric_rules.min_cores_per_device, 0),
                                    totals.sockets
                                    * coalesce(metric_rules.min_cores_per_socket, 0)
                                ) as double
                            )
                            / coalesce(nullif(metric_rules.core_pack, 0), 1)
                        )
                        * coalesce(nullif(metric_rules.core_pack, 0), 1)
                    when 'per_processor'
                    then
                        totals.sockets * ceil(
                            cast(totals.cores_per_socket as double) / coalesce(
                                nullif(metric_rules.max_cores_per_processor, 0),
                                greatest(totals.cores_per_socket, 1)
                            )
                        )
                end as bigint
            ) as need,
            totals.valid_from,
            totals.valid_to
        from totals
        left join metric_rules on metric_rules.metric_rule_id = totals.metric_rule_id
        where
            totals.installs > 0 or totals.metric in ('named_user', 'subscription_seat')
    ),

    consumers as (
        {{
            merge_spans(
                "needs",
                [
                    "product_key",
                    "consumer_key",
                    "metric",
                    "metric_rule_id",
                    "version_order",
                    "installs",
                    "devices",
                    "seats",
                    "has_assignment",
                    "need",
                ],
            )
        }}
    )

select *
from consumers

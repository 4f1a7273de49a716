-- one row per incident, linked asset and span of days with one share of its labour
with
    incidents as (
        select *
        from {{ ref("int_service_desk__incidents") }}
        where is_incident and labor_minutes > 0
    ),

    incident_assets as (select * from {{ ref("int_service_desk__incident_assets") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    rates as (
        select *
        from {{ ref("int_money__daily_rates") }}
        where rate_type = 'spot' and currency = 'USD'
    ),

    -- the ledger's own labour stands for the estimate from the day it is posted
    booked_labor as (
        select incident_id, min(posted_date) as posted_date
        from {{ ref("int_money__cost_lines") }}
        where cost_category = 'labor' and not is_commitment and incident_id <> ''
        group by incident_id
    ),

    linked as (
        {{
            merge_spans(
                "incident_assets",
                ["source_system", "incident_id", "incident_row_id", "asset_key"],
            )
        }}
    ),

    counted as (select linked.*, 1 as linked_assets from linked),

    asset_counts as (
        {{
            sweep(
                "counted",
                keys=["source_system", "incident_id"],
                weights=["linked_assets"],
                having="linked_assets > 0",
            )
        }}
    ),

    incident_labor as (
        select
            linked.source_system,
            linked.incident_id,
            linked.asset_key,
            cast(incidents.opened_at as date) as opened_date,
            'incident' as link,
            {{
                exact_quotient(
                    to_base(
                        "incidents.labor_minutes * policy.labor_rate_per_hour_usd",
                        "rates.rate",
                        scale=6,
                    ),
                    "60 * asset_counts.linked_assets",
                )
            }} as amount_base,
            greatest(
                linked.valid_from,
                asset_counts.valid_from,
                cast(incidents.opened_at as date)
            ) as valid_from,
            least(
                linked.valid_to,
                asset_counts.valid_to,
                coalesce(booked_labor.posted_date, linked.valid_to)
            ) as valid_to
        from linked
        inner join incidents on incidents.incident_row_id = linked.incident_row_id
        inner join
            asset_counts
            on asset_counts.source_system = linked.source_system
            and asset_counts.incident_id = linked.incident_id
            and asset_counts.valid_from < linked.valid_to
            and asset_counts.valid_to > linked.valid_from
        inner join rates on rates.date_day = cast(incidents.opened_at as date)
        cross join policy
        left join booked_labor on booked_labor.incident_id = linked.incident_id
    )

select *
from incident_labor
where valid_from < valid_to

-- one row per basis, asset whose use matters and span of days with the same signs of it
with
    utilization as (
        select * from {{ ref("int_assets__utilization_spans") }} where on_leave = 0
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    -- a person worked on it; a server counts as used when it is seen and not idle
    use_spans as (
        {% for basis, known, active in [
            ("used", "user_known", "user_active"),
            ("seen", "matched", "seen"),
        ] %}
            {{ "union all" if not loop.first }}
            select
                '{{ basis }}' as basis,
                utilization.asset_key,
                utilization.row_id,
                case
                    when asset_rows.asset_class = 'server'
                    then utilization.matched
                    else utilization.{{ known }}
                end as known,
                case
                    when asset_rows.asset_class = 'server'
                    then utilization.working
                    else utilization.{{ active }}
                end as active,
                utilization.seen,
                utilization.valid_from,
                utilization.valid_to
            from utilization
            inner join asset_rows on asset_rows.row_id = utilization.row_id
        {% endfor %}
    )

select *
from use_spans

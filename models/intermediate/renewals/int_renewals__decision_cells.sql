-- one row per as-of date with slices
-- long: decisions of the window, those to come, and what was saved
{% set horizons = [180, 90, 60, 30] %}
with
    dates as (select * from {{ ref("int_calendar__as_of_dates") }} where has_slices),

    catalog as (
        select *
        from {{ ref("stg_policy__kpi_definitions") }}
        where kpi_id = 'renewal_optimization_rate'
    ),

    contracts as (select * from {{ ref("int_renewals__contracts") }}),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    events as (
        select *
        from {{ ref("stg_licensing__renewal_event") }}
        where
            event_type in ('renewed', 'auto_renewed', 'resized')
            and new_value < old_value
    ),

    -- a value without a rate counts in no sum of values
    decisions as (
        select
            dates.as_of_date,
            decisions.deadline,
            decisions.deadline <= dates.as_of_date as is_due,
            contracts.canonical_status = 'active' as is_active,
            decisions.is_reviewed,
            decisions.is_right_sized,
            decisions.renews_by_itself,
            coalesce(
                {{ to_base("contracts.annual_value", "rates.rate") }}, 0
            ) as annual_value
        from {{ ref("int_renewals__decisions") }} as decisions
        cross join catalog
        inner join
            dates
            on dates.as_of_date >= decisions.valid_from
            and dates.as_of_date < decisions.valid_to
            and dates.as_of_date
            < {{ add_days("decisions.deadline", "catalog.window_days") }}
            and dates.as_of_date
            >= {{ add_days("decisions.deadline", "(-" ~ horizons[0] ~ ")") }}
        inner join contracts on contracts.contract_row_id = decisions.contract_row_id
        left join
            rates
            on rates.currency = upper(trim(contracts.currency))
            and rates.date_day = dates.as_of_date
    ),

    savings as (
        select
            dates.as_of_date,
            sum(
                {{ to_base("events.old_value - events.new_value", "rates.rate") }}
            ) as savings_amount
        from events
        cross join catalog
        inner join
            dates
            on cast(events.event_at as date) <= dates.as_of_date
            and {{ add_days("cast(events.event_at as date)", "catalog.window_days") }}
            > dates.as_of_date
        inner join
            rates
            on rates.currency = upper(trim(events.currency))
            and rates.date_day = cast(events.event_at as date)
        group by dates.as_of_date
    ),

    counted as (
        select
            as_of_date,
            sum(case when is_due then annual_value end) as due_amount,
            sum(
                case when is_due and is_reviewed then annual_value end
            ) as reviewed_amount,
            sum(case when is_due then 1 end) as due_count,
            sum(
                case when is_due and renews_by_itself and not is_reviewed then 1 end
            ) as renewed_unreviewed_count,
            sum(case when is_due and is_right_sized then 1 end) as right_sized_count
            {%- for days in horizons %}
                ,
                sum(
                    case
                        when
                            not is_due
                            and is_active
                            and deadline <= {{ add_days("as_of_date", days) }}
                        then 1
                        else 0
                    end
                ) as due_in_{{ days }}_days_count,
                sum(
                    case
                        when
                            not is_due
                            and is_active
                            and deadline <= {{ add_days("as_of_date", days) }}
                        then annual_value
                        else 0
                    end
                ) as due_in_{{ days }}_days_amount,
                sum(
                    case
                        when
                            not is_due
                            and is_active
                            and not is_reviewed
                            and deadline <= {{ add_days("as_of_date", days) }}
                        then 1
                        else 0
                    end
                ) as unreviewed_in_{{ days }}_days_count
            {%- endfor %}
        from decisions
        group by as_of_date
    ),

    decision_cells as (
        select
            dates.as_of_date,
            {{ exact_quotient("counted.reviewed_amount", "counted.due_amount") }}
            as value_weighted_rate,
            {{
                exact_quotient(
                    "coalesce(counted.renewed_unreviewed_count, 0)",
                    "counted.due_count",
                )
            }} as renewed_unreviewed_rate,
            {{
                exact_quotient(
                    "coalesce(counted.right_sized_count, 0)", "counted.due_count"
                )
            }} as right_sized_rate,
            coalesce(savings.savings_amount, 0) as savings_amount
            {%- for days in horizons %}
                ,
                coalesce(
                    counted.due_in_{{ days }}_days_count, 0
                ) as due_in_{{ days }}_days_count,
                coalesce(
                    counted.due_in_{{ days }}_days_amount, 0
                ) as due_in_{{ days }}_days_amount,
                coalesce(
                    counted.unreviewed_in_{{ days }}_days_count, 0
                ) as unreviewed_in_{{ days }}_days_count
            {%- endfor %}
        from dates
        left join counted on counted.as_of_date = dates.as_of_date
        left join savings on savings.as_of_date = dates.as_of_date
    )

select *
from decision_cells

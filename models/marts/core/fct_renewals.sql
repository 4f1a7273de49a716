-- one row per contract and deadline by which to decide on its renewal, past and to
-- come, as known on the newest as-of date
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    decisions as (
        select decisions.*
        from {{ ref("int_renewals__decisions") }} as decisions
        inner join
            calendar
            on decisions.valid_from <= calendar.last_day
            and decisions.valid_to > calendar.last_day
    ),

    contracts as (select * from {{ ref("int_renewals__contracts") }}),

    fct_renewals as (
        select
            concat_ws(
                '',
                contracts.source_system,
                '|',
                contracts.contract_id,
                '|',
                cast(decisions.deadline as string)
            ) as renewal_key,
            contracts.source_system,
            contracts.contract_id,
            contracts.contract_type,
            contracts.supplier,
            contracts.canonical_status as status,
            contracts.cost_center,
            contracts.is_auto_renewed,
            contracts.end_date is null as is_evergreen,

            decisions.term_end_date,
            decisions.deadline as decision_deadline_date,
            contracts.notice_days,
            contracts.is_default_notice,
            decisions.deadline <= calendar.last_day as is_due,
            decisions.is_reviewed,

            cast(contracts.annual_value as decimal(18, 2)) as annual_value,
            contracts.currency
        from decisions
        cross join calendar
        inner join contracts on contracts.contract_row_id = decisions.contract_row_id
    )

select *
from fct_renewals

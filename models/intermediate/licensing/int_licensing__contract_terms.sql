-- one row per contract and as-of date
with
    contracts as (select * from {{ ref("stg_licensing__contract") }}),

    contract_spans as (
        select row_id, valid_from, valid_to
        from {{ state_of("stg_licensing__contract") }} as contract
    ),

    as_of_dates as (select as_of_date from {{ ref("int_calendar__as_of_dates") }}),

    -- the day from which a contract counts its years, when it does not simply end
    dated as (
        select
            as_of_dates.as_of_date,
            contracts.source_system,
            contracts.contract_id,
            contracts.end_date,
            case
                when contracts.end_date is null
                then contracts.start_date
                when contracts.auto_renew
                then contracts.end_date
            end as anniversary,
            contracts.min_quantity,
            count(*) over (partition by as_of_dates.as_of_date, contracts.contract_id)
            = 1 as is_sole
        from contract_spans
        inner join
            as_of_dates
            on as_of_dates.as_of_date >= contract_spans.valid_from
            and as_of_dates.as_of_date < contract_spans.valid_to
        inner join contracts on contracts.row_id = contract_spans.row_id
    ),

    contract_terms as (
        select
            as_of_date,
            source_system,
            contract_id,
            is_sole,
            min_quantity,
            case
                when end_date >= as_of_date
                then end_date
                when anniversary > as_of_date
                then anniversary
                else
                    {{
                        add_months(
                            "anniversary",
                            "cast(12 + 12 * floor("
                            ~ completed_months("anniversary", "as_of_date")
                            ~ " / 12) as integer)",
                        )
                    }}
            end as term_end_date
        from dated
    )

select *
from contract_terms

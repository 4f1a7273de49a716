-- one row per asset ever, as last known on the newest as-of date
with
    calendar as (select max(date_day) as last_day from {{ ref("int_calendar__days") }}),

    known as (
        select known.*, calendar.last_day
        from {{ ref("int_assets__ever_spans") }} as known
        inner join
            calendar
            on known.valid_from <= calendar.last_day
            and known.valid_to > calendar.last_day
    ),

    present as (
        select survivors.asset_key
        from {{ ref("int_assets__survivor_spans") }} as survivors
        inner join
            calendar
            on survivors.valid_from <= calendar.last_day
            and survivors.valid_to > calendar.last_day
    ),

    dim_asset as (
        select
            known.asset_key,
            asset_rows.source_system,
            asset_rows.asset_id,
            asset_rows.asset_tag,
            asset_rows.serial as serial_number,
            asset_rows.asset_class,
            asset_rows.manufacturer,
            asset_rows.model,
            asset_rows.canonical_status,
            present.asset_key is not null as is_in_register,
            asset_rows.is_managed_estate,
            asset_rows.ownership,
            asset_rows.asset_function,
            case
                when asset_rows.assigned_person_id is not null
                then {{ pseudonym("asset_rows.assigned_person_id") }}
            end as person_key,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            asset_rows.stockroom,
            asset_rows.ordered_date,
            asset_rows.purchase_date,
            asset_rows.received_date,
            asset_rows.in_service_date,
            asset_rows.retired_date,
            asset_rows.disposed_date,
            asset_rows.disposal_method,
            asset_rows.useful_life_months,
            cast(asset_rows.purchase_cost as decimal(18, 2)) as purchase_cost,
            asset_rows.currency,
            asset_rows.contract_id,
            asset_rows.finance_asset_id
        from known
        inner join
            {{ ref("int_assets__rows") }} as asset_rows
            on asset_rows.row_id = known.row_id
        left join present on present.asset_key = known.asset_key
    )

select *
from dim_asset

-- one row per asset of the managed estate and span of days with one surviving register
-- row
with
    survivors as (select * from {{ ref("int_assets__survivor_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }} where is_managed_estate),

    started as (
        select
            row_id,
            case
                when refurbished_mfg_date is not null
                then 'refurbished_mfg_date'
                when in_service_date is not null
                then 'in_service_date'
                when received_date is not null
                then 'received_date'
                when purchase_date is not null
                then 'purchase_date'
            end as age_basis,
            coalesce(
                refurbished_mfg_date, in_service_date, received_date, purchase_date
            ) as start_date,
            useful_life_months
        from asset_rows
    ),

    age_spans as (
        select
            survivors.asset_key,
            survivors.row_id,
            started.age_basis,
            started.start_date,
            started.useful_life_months,
            {{ add_months("started.start_date", "started.useful_life_months") }}
            as end_of_life_date,
            -- one month more than its life has been completed
            {{ add_months("started.start_date", "(started.useful_life_months + 1)") }}
            as over_life_from,
            survivors.valid_from,
            survivors.valid_to
        from survivors
        inner join started on started.row_id = survivors.row_id
    )

select *
from age_spans

-- one row per fixed asset, asset that no fixed asset leads to, and device that is no
-- asset, on the newest as-of date
-- long: three lists side by side, and what their disagreement means
with
    newest as (
        select max(as_of_date) as as_of_date from {{ ref("int_calendar__as_of_dates") }}
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    rates as (
        select rates.*
        from {{ ref("int_money__daily_rates") }} as rates
        inner join newest on newest.as_of_date = rates.date_day
        where rates.rate_type = 'spot'
    ),

    -- what the register knows, absent assets included
    known as (
        select known.asset_key, known.row_id
        from {{ ref("int_assets__ever_spans") }} as known
        inner join
            newest
            on newest.as_of_date >= known.valid_from
            and newest.as_of_date < known.valid_to
    ),

    present as (
        select survivors.asset_key
        from {{ ref("int_assets__survivor_spans") }} as survivors
        inner join
            newest
            on newest.as_of_date >= survivors.valid_from
            and newest.as_of_date < survivors.valid_to
    ),

    seen as (
        select signs.asset_key
        from {{ ref("int_assets__activity_spans") }} as signs
        inner join
            newest
            on newest.as_of_date >= signs.valid_from
            and newest.as_of_date < signs.valid_to
        where signs.sign = 'seen'
    ),

    purchases as (
        select purchases.row_id, purchases.purchase_amount
        from {{ ref("int_money__asset_purchases") }} as purchases
        inner join
            newest
            on newest.as_of_date >= purchases.valid_from
            and newest.as_of_date < purchases.valid_to
    ),

    assets as (
        select
            known.asset_key,
            asset_rows.asset_class,
            asset_rows.canonical_status,
            asset_rows.ownership,
            asset_rows.department,
            asset_rows.cost_center,
            asset_rows.location,
            present.asset_key is not null as is_in_register,
            present.asset_key is not null
            and asset_rows.canonical_status
            in ('received', 'in_stock', 'deployed', 'in_repair') as is_in_service,
            seen.asset_key is not null as is_seen,
            asset_rows.is_in_scope and not asset_rows.is_byod as is_ours,
            purchases.purchase_amount
        from known
        inner join asset_rows on asset_rows.row_id = known.row_id
        left join present on present.asset_key = known.asset_key
        left join seen on seen.asset_key = known.asset_key
        left join purchases on purchases.row_id = known.row_id
    ),

    books as (
        select
            books.*,
            coalesce(
                books.deactivated_date <= newest.as_of_date, false
            ) as is_deactivated,
            {{ to_base("books.acquisition_value", "rates.rate") }}
            as acquisition_amount,
            {{ to_base("books.net_book_value", "rates.rate") }} as net_book_amount
        from {{ ref("int_assets__fixed_asset_spans") }} as books
        inner join
            newest
            on newest.as_of_date >= books.valid_from
            and newest.as_of_date < books.valid_to
        left join rates on rates.currency = books.currency
    ),

    strangers as (
        select discovered.*
        from {{ ref("int_devices__discovered_spans") }} as discovered
        inner join
            newest
            on newest.as_of_date >= discovered.valid_from
            and newest.as_of_date < discovered.valid_to
        where
            discovered.asset_row_id is null
            and discovered.is_confirmed
            and discovered.ownership <> 'personal'
    ),

    paired as (
        select
            concat_ws('', 'book|', books.fixed_asset_key) as match_key,
            books.fixed_asset_key,
            books.asset_key,
            cast(null as string) as device_key,
            case
                when books.is_deactivated then 'deactivated' else 'active'
            end as book_status,
            books.capitalized_date,
            books.deactivated_date,
            books.cost_center as book_cost_center,
            books.acquisition_amount,
            books.net_book_amount
        from books
        union all
        select
            concat_ws('', 'asset|', assets.asset_key) as match_key,
            null as fixed_asset_key,
            assets.asset_key,
            null as device_key,
            'none' as book_status,
            null as capitalized_date,
            null as deactivated_date,
            null as book_cost_center,
            null as acquisition_amount,
            null as net_book_amount
        from assets
        left join books on books.asset_key = assets.asset_key
        where books.asset_key is null and assets.is_ours
        union all
        select
            concat_ws('', 'device|', device_key) as match_key,
            null as fixed_asset_key,
            null as asset_key,
            device_key,
            'none' as book_status,
            null as capitalized_date,
            null as deactivated_date,
            null as book_cost_center,
            null as acquisition_amount,
            null as net_book_amount
        from strangers
    ),

    judged as (
        select
            paired.*,
            case
                when paired.device_key is not null
                then 'unregistered'
                when
                    paired.book_status = 'active'
                    and not coalesce(assets.is_in_service, false)
                    and not coalesce(assets.is_seen, false)
                then 'ghost'
                when
                    paired.book_status = 'deactivated'
                    and (assets.is_in_service or assets.is_seen)
                then 'zombie'
                when not assets.is_in_service and assets.is_seen
                then 'zombie'
                when paired.book_status = 'active'
                then 'matched'
                when paired.book_status = 'deactivated'
                then 'closed'
                when assets.is_in_service and assets.ownership = 'owned'
                then 'unbooked'
                when assets.is_in_service
                then 'not_owned'
            end as finding,
            assets.asset_class,
            assets.canonical_status,
            coalesce(assets.is_in_register, false) as is_in_register,
            coalesce(assets.is_seen, paired.device_key is not null) as is_seen_lately,
            assets.department,
            assets.cost_center,
            assets.location,
            assets.purchase_amount
        from paired
        left join assets on assets.asset_key = paired.asset_key
    ),

    mart_book_register_match as (
        select
            judged.match_key,
            newest.as_of_date,
            judged.finding,
            judged.fixed_asset_key,
            judged.asset_key,
            judged.device_key,
            judged.book_status,
            judged.canonical_status,
            judged.is_in_register,
            judged.is_seen_lately,
            coalesce(
                judged.asset_class, strangers.asset_class, '(unassigned)'
            ) as asset_class,
            coalesce(judged.department, '(unassigned)') as department,
            coalesce(
                judged.cost_center, judged.book_cost_center, '(unassigned)'
            ) as cost_center,
            coalesce(judged.location, '(unassigned)') as location,
            judged.capitalized_date,
            judged.deactivated_date,
            cast(
                round(judged.acquisition_amount, 2) as decimal(38, 2)
            ) as acquisition_amount,
            cast(round(judged.net_book_amount, 2) as decimal(38, 2)) as net_book_amount,
            cast(round(judged.purchase_amount, 2) as decimal(38, 2)) as purchase_amount,
            cast(
                round(
                    case
                        judged.finding
                        when 'ghost'
                        then judged.net_book_amount
                        when 'zombie'
                        then coalesce(judged.acquisition_amount, judged.purchase_amount)
                        when 'unbooked'
                        then judged.purchase_amount
                    end,
                    2
                ) as decimal(38, 2)
            ) as at_stake_amount,
            upper(policy.base_currency) as currency
        from judged
        cross join newest
        cross join policy
        left join strangers on strangers.device_key = judged.device_key
        where judged.finding is not null
    )

select *
from mart_book_register_match

-- one row per KPI, entity, kind of money and day it is available, on D
-- long: whose money it is, who else claims it and who keeps it
with
    impacts as (
        {% for area in var("kpi_areas") %}
            select
                kpi_id,
                entity_type,
                entity_id,
                kind,
                available_date,
                publisher,
                product,
                asset_class,
                department,
                cost_center,
                location,
                valid_from,
                valid_to
            from {{ ref("int_impact__" ~ area) }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    compared as (select * from {{ ref("int_calendar__compared_dates") }}),

    amounts as (select * from {{ ref("kpi_impact") }} where is_base_currency),

    stakes as (select * from {{ ref("stg_policy__kpi_stakes") }}),

    stages as (select stage from {{ ref("int_lifecycle__stages") }} group by stage),

    -- several things may be one asset: its records, its devices, what a leaver owes
    holders as (
        select
            'register_row' as entity_type,
            concat_ws('', ids.source_system, '|', ids.ref_id) as entity_id,
            ids.asset_key
        from {{ ref("int_assets__ids") }} as ids
        inner join
            compared
            on ids.valid_from <= compared.as_of_date
            and ids.valid_to > compared.as_of_date
        where ids.ref_kind = 'asset_id'
        union all
        select 'device' as entity_type, device_key as entity_id, asset_key
        from {{ ref("dim_device") }}
        union all
        select 'recovery' as entity_type, obligation_key as entity_id, asset_key
        from {{ ref("fct_recovery") }}
        union all
        select
            'stage' as entity_type,
            concat_ws('', assets.asset_key, '|', stages.stage) as entity_id,
            assets.asset_key
        from {{ ref("dim_asset") }} as assets
        cross join stages
        union all
        select
            'count_line' as entity_type,
            concat_ws('', source_system, '|', count_id, '|', line_id) as entity_id,
            max(asset_key) as asset_key
        from {{ ref("int_assurance__count_lines") }}
        group by source_system, count_id, line_id
    ),

    places as (
        select
            impacts.kpi_id,
            impacts.entity_type,
            impacts.entity_id,
            max(impacts.publisher) as publisher,
            max(impacts.product) as product,
            max(impacts.asset_class) as asset_class,
            max(impacts.department) as department,
            max(impacts.cost_center) as cost_center,
            max(impacts.location) as location
        from impacts
        inner join
            compared
            on impacts.valid_from <= compared.as_of_date
            and impacts.valid_to > compared.as_of_date
        group by impacts.kpi_id, impacts.entity_type, impacts.entity_id
    ),

    claims as (
        select
            amounts.kpi_id,
            amounts.as_of_date,
            amounts.entity_type,
            amounts.entity_id,
            amounts.kind,
            amounts.available_date,
            amounts.amount,
            amounts.currency,
            coalesce(stakes.stake, amounts.kpi_id) as stake,
            stakes.what_it_is,
            nullif(stakes.kept_by, '') as kept_by,
            case
                when stakes.counted_by = 'organisation'
                then 'all'
                when stakes.counted_by = 'product'
                then concat_ws('', places.publisher, '|', places.product)
                when holders.asset_key is not null
                then concat_ws('', 'asset|', holders.asset_key)
                else concat_ws('', amounts.entity_type, '|', amounts.entity_id)
            end as stake_entity,
            places.asset_class,
            places.department,
            places.cost_center,
            places.location,
            places.publisher,
            places.product
        from amounts
        inner join
            places
            on places.kpi_id = amounts.kpi_id
            and places.entity_type = amounts.entity_type
            and places.entity_id = amounts.entity_id
        left join
            stakes
            on stakes.kpi_id = amounts.kpi_id
            and coalesce(nullif(stakes.kind, ''), amounts.kind) = amounts.kind
        left join
            holders
            on holders.entity_type = amounts.entity_type
            and holders.entity_id = amounts.entity_id
    ),

    -- the KPI that claims most of it keeps it
    ranked as (
        select
            stake,
            stake_entity,
            kpi_id,
            row_number() over (
                partition by stake, stake_entity
                order by sum(amount) desc nulls last, kpi_id
            ) as place
        from claims
        where kept_by is null
        group by stake, stake_entity, kpi_id
    ),

    judged as (
        select claims.*, coalesce(claims.kept_by, ranked.kpi_id) as kept_by_kpi_id
        from claims
        left join
            ranked
            on ranked.stake = claims.stake
            and ranked.stake_entity = claims.stake_entity
            and ranked.place = 1
    ),

    mart_value_at_stake as (
        select
            kpi_id,
            as_of_date,
            entity_type,
            entity_id,
            kind,
            available_date,
            amount as claimed_amount,
            case
                when kept_by_kpi_id = kpi_id then amount else cast(0 as decimal(38, 2))
            end as amount,
            currency,
            kept_by_kpi_id,
            stake,
            what_it_is,
            stake_entity,
            asset_class,
            department,
            cost_center,
            location,
            publisher,
            product
        from judged
    )

select *
from mart_value_at_stake

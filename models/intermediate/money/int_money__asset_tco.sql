-- one row per population, asset and span of as-of dates with one cost to date
-- long: two populations share one figure
with
    survivor_spans as (select * from {{ ref("int_assets__survivor_spans") }}),

    ever_spans as (select * from {{ ref("int_assets__ever_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    asset_ledger as (select * from {{ ref("int_money__asset_ledger") }}),

    asset_purchases as (select * from {{ ref("int_money__asset_purchases") }}),

    populations as (
        select
            'living' as population,
            survivor_spans.asset_key,
            survivor_spans.row_id,
            survivor_spans.valid_from,
            survivor_spans.valid_to
        from survivor_spans
        inner join asset_rows on asset_rows.row_id = survivor_spans.row_id
        where asset_rows.is_managed_estate
        union all
        select
            'ended' as population,
            ever_spans.asset_key,
            ever_spans.row_id,
            greatest(ever_spans.valid_from, asset_rows.disposed_date) as valid_from,
            least(
                ever_spans.valid_to, {{ t12m_end("asset_rows.disposed_date") }}
            ) as valid_to
        from ever_spans
        inner join asset_rows on asset_rows.row_id = ever_spans.row_id
        where
            asset_rows.disposed_date is not null
            and asset_rows.is_in_scope
            and not asset_rows.is_byod
            and asset_rows.canonical_status not in ('planned', 'ordered')
    ),

    members as (
        {{ as_of_spans("populations", ["population", "asset_key", "row_id"]) }}
    ),

    costed as (
        select
            members.population,
            members.asset_key,
            members.row_id,
            asset_rows.ownership = 'leased' as is_leased,
            case
                when asset_ledger.acquisition_lines > 0
                then asset_ledger.acquisition_amount
                else asset_purchases.purchase_amount
            end as acquisition_amount,
            case
                when asset_ledger.acquisition_lines > 0
                then asset_purchases.purchase_amount
            end as replaced_purchase_amount,
            asset_ledger.guide_amount + case
                when asset_ledger.acquisition_lines > 0
                then 0
                else coalesce(asset_purchases.purchase_amount, 0)
            end as guide_amount,
            asset_ledger.total_amount + case
                when asset_ledger.acquisition_lines > 0
                then 0
                else coalesce(asset_purchases.purchase_amount, 0)
            end as total_amount,
            greatest(
                members.valid_from, asset_ledger.valid_from, asset_purchases.valid_from
            ) as valid_from,
            least(
                members.valid_to, asset_ledger.valid_to, asset_purchases.valid_to
            ) as valid_to
        from members
        inner join asset_rows on asset_rows.row_id = members.row_id
        inner join
            asset_ledger
            on asset_ledger.asset_key = members.asset_key
            and asset_ledger.valid_from < members.valid_to
            and asset_ledger.valid_to > members.valid_from
        inner join
            asset_purchases
            on asset_purchases.row_id = members.row_id
            and asset_purchases.valid_from
            < least(members.valid_to, asset_ledger.valid_to)
            and asset_purchases.valid_to
            > greatest(members.valid_from, asset_ledger.valid_from)
    ),

    asset_tco as (
        select
            costed.population,
            costed.asset_key,
            costed.row_id,
            {%- for dimension in asset_dimensions() %}
                asset_rows.{{ dimension }},
            {%- endfor %}
            coalesce(
                asset_rows.in_service_date,
                asset_rows.received_date,
                asset_rows.purchase_date
            ) as start_date,
            asset_rows.useful_life_months,
            costed.acquisition_amount is not null
            or costed.is_leased as has_acquisition,
            case
                when costed.is_leased then 0 else costed.acquisition_amount
            end as acquisition_amount,
            costed.replaced_purchase_amount,
            costed.guide_amount,
            costed.total_amount,
            costed.valid_from,
            costed.valid_to
        from costed
        inner join asset_rows on asset_rows.row_id = costed.row_id
    )

select *
from asset_tco

-- one row per product with rights, and as-of date (K04, K19, K21)
-- long: cost, spend and use of a product meet here
with
    positions as (
        select
            positions.*, rights_exact + rights_downgrade + rights_any_version as rights
        from {{ ref("int_licensing__positions") }} as positions
        where is_entitled and exclusion_reason is null
    ),

    products as (select * from {{ ref("int_licensing__products") }}),

    entitlements as (select * from {{ ref("int_licensing__active_entitlements") }}),

    as_of_dates as (select as_of_date from {{ ref("int_calendar__as_of_dates") }}),

    rates as (
        select * from {{ ref("int_money__daily_rates") }} where rate_type = 'spot'
    ),

    costs as (
        select
            entitlements.product_key,
            as_of_dates.as_of_date,
            sum({{ to_base("entitlements.annual_cost", "rates.rate") }}) as annual_cost
        from entitlements
        inner join
            as_of_dates
            on as_of_dates.as_of_date >= entitlements.valid_from
            and as_of_dates.as_of_date < entitlements.valid_to
        inner join
            rates
            on rates.currency = entitlements.currency
            and rates.date_day = as_of_dates.as_of_date
        group by entitlements.product_key, as_of_dates.as_of_date
    ),

    -- a cost line names the product alone; where two publishers have the name, the
    -- supplier decides
    names as (
        select
            product_key,
            lower(product_label) as product_name,
            cast(null as string) as supplier
        from products
        union all
        select product_key, lower(product) as product_name, lower(publisher) as supplier
        from products
        where product_label <> product
    ),

    lines as (
        select
            names.product_key,
            cost_lines.amount_base as spend,
            1 as lines,
            cost_lines.posted_date as valid_from,
            {{ t12m_end("cost_lines.posted_date") }} as valid_to
        from {{ ref("int_money__cost_lines") }} as cost_lines
        inner join
            names
            on names.product_name = lower(trim(cost_lines.product))
            and (
                names.supplier is null
                or names.supplier = lower(trim(cost_lines.supplier))
            )
        where
            cost_lines.cost_category in ('software', 'saas')
            and not cost_lines.is_commitment
            and cost_lines.amount_base is not null
    ),

    spends as ({{ amounts_as_of("lines", ["product_key"], ["spend", "lines"]) }}),

    consumers as (
        select
            product_key,
            need as needs,
            case when use_step <> 'unknown' then 1 else 0 end as evident_consumers,
            case when has_use_record then 1 else 0 end as use_records,
            case when is_used then need else 0 end as used_needs,
            case when is_used then 1 else 0 end as active_consumers,
            case when use_step = 'never' then need else 0 end as never_needs,
            case when use_step = 'dormant' then need else 0 end as dormant_needs,
            case when use_step = 'rare' then need else 0 end as rare_needs,
            case when use_step = 'unknown' then need else 0 end as unknown_needs,
            valid_from,
            valid_to
        from {{ ref("int_licensing__consumer_use") }}
    ),

    amounts as (
        {{
            amounts_as_of(
                "consumers",
                ["product_key"],
                [
                    "needs",
                    "evident_consumers",
                    "use_records",
                    "used_needs",
                    "active_consumers",
                    "never_needs",
                    "dormant_needs",
                    "rare_needs",
                    "unknown_needs",
                ],
            )
        }}
    ),

    joined as (
        select
            positions.product_key,
            positions.as_of_date,
            positions.rights,
            coalesce(costs.annual_cost, 0) as annual_cost,
            case
                when spends.lines > 0
                then spends.spend
                else coalesce(costs.annual_cost, 0)
            end as spend,
            coalesce(amounts.evident_consumers, 0) > 0 as is_measurable,
            coalesce(amounts.needs, 0) as needs,
            coalesce(amounts.used_needs, 0) as used_needs,
            coalesce(amounts.active_consumers, 0) as active_consumers,
            least(positions.rights, coalesce(amounts.used_needs, 0)) as used_rights,
            -- never used says something only where use can be seen at all
            case
                when amounts.use_records > 0 then amounts.never_needs else 0
            end as never_needs,
            coalesce(amounts.dormant_needs, 0) as dormant_needs,
            coalesce(amounts.rare_needs, 0) as rare_needs,
            coalesce(amounts.unknown_needs, 0) as unknown_needs
        from positions
        left join
            costs
            on costs.product_key = positions.product_key
            and costs.as_of_date = positions.as_of_date
        left join
            spends
            on spends.product_key = positions.product_key
            and spends.as_of_date = positions.as_of_date
        left join
            amounts
            on amounts.product_key = positions.product_key
            and amounts.as_of_date = positions.as_of_date
        where positions.rights > 0
    ),

    shelved as (
        select
            joined.*,
            -- the shelf holds what is not in use, the longest idle first
            least(never_needs, greatest(rights - used_rights, 0)) as never_rights,
            least(
                never_needs + dormant_needs, greatest(rights - used_rights, 0)
            ) as never_or_dormant_rights,
            least(
                never_needs + dormant_needs + rare_needs,
                greatest(rights - used_rights, 0)
            ) as shelf_rights,
            greatest(rights - needs, 0) as undeployed_rights,
            least(unknown_needs, rights) as unknown_rights
        from joined
    ),

    utilization as (
        select
            shelved.*,
            never_or_dormant_rights - never_rights as dormant_rights,
            shelf_rights - never_or_dormant_rights as rare_rights,
            {{ share_of("annual_cost", "used_rights", "rights") }} as used_cost,
            {{ share_of("spend", "used_rights", "rights") }} as used_spend,
            {{ share_of("annual_cost", "shelf_rights", "rights") }} as shelf_cost,
            {{ share_of("annual_cost", "undeployed_rights", "rights") }}
            as undeployed_cost,
            {{ share_of("annual_cost", "unknown_rights", "rights") }} as unknown_cost
        from shelved
    )

select *
from utilization

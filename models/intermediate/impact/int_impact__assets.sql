-- one row per KPI, entity, kind of money and span of days
-- long: seven KPIs in one shape
with
    exceptions as (select * from {{ ref("int_exceptions__assets") }}),

    class_policy as (select * from {{ ref("stg_policy__class_policy") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    dates as ({{ dates_until_next() }}),

    class_costs as (
        select class_costs.*, dates.next_date
        from {{ ref("int_assets__class_costs") }} as class_costs
        inner join dates on dates.as_of_date = class_costs.as_of_date
    ),

    living as (
        select * from {{ ref("int_money__asset_tco") }} where population = 'living'
    ),

    survivors as (select * from {{ ref("int_assets__survivor_spans") }}),

    books as (select * from {{ ref("int_assets__book_spans") }}),

    failures as (select * from {{ ref("int_assets__accuracy_failures") }}),

    counted as (select * from {{ ref("int_assurance__count_spans") }}),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    -- records of what is missing, or what nothing has confirmed, once per asset
    doubtful as (
        select
            'inventory_accuracy_rate' as kpi_id,
            'register_row' as entity_type,
            concat_ws('', failures.source_system, '|', failures.asset_id) as entity_id,
            failures.asset_key,
            failures.row_id,
            greatest(failures.valid_from, survivors.valid_from) as valid_from,
            least(failures.valid_to, survivors.valid_to) as valid_to
        from failures
        inner join
            survivors
            on survivors.row_id = failures.row_id
            and survivors.valid_from < failures.valid_to
            and survivors.valid_to > failures.valid_from
        where failures.canonical_status = 'missing' or not failures.is_current
        union all
        select
            'physical_accuracy_rate' as kpi_id,
            'count_line' as entity_type,
            concat_ws('', source_system, '|', count_id, '|', line_id) as entity_id,
            asset_key,
            row_id,
            valid_from,
            valid_to
        from counted
        where not is_item_matched and asset_key is not null
    ),

    amounts as (
        select
            'asset_utilization_rate' as kpi_id,
            'asset' as entity_type,
            idle_costs.asset_key as entity_id,
            idle_costs.preventable_amount + idle_costs.monthly_opex_amount as amount,
            upper(policy.base_currency) as currency,
            idle_costs.as_of_date as valid_from,
            dates.next_date as valid_to,
            {%- for dimension in asset_dimensions() %}
                idle_costs.{{ dimension }} {{ "," if not loop.last }}
            {%- endfor %}
        from {{ ref("int_assets__idle_costs") }} as idle_costs
        cross join policy
        inner join dates on dates.as_of_date = idle_costs.as_of_date
        union all
        select
            exceptions.kpi_id,
            exceptions.entity_type,
            exceptions.entity_id,
            living.acquisition_amount as amount,
            upper(policy.base_currency) as currency,
            greatest(exceptions.valid_from, living.valid_from) as valid_from,
            least(exceptions.valid_to, living.valid_to) as valid_to,
            {%- for dimension in asset_dimensions() %}
                exceptions.{{ dimension }} {{ "," if not loop.last }}
            {%- endfor %}
        from exceptions
        cross join policy
        inner join
            living
            on living.asset_key = exceptions.entity_id
            and living.valid_from < exceptions.valid_to
            and living.valid_to > exceptions.valid_from
        where
            exceptions.kpi_id = 'deployment_rate'
            and exceptions.reason_code = 'in_stock'
        union all
        select
            exceptions.kpi_id,
            exceptions.entity_type,
            exceptions.entity_id,
            class_policy.replacement_cost_usd as amount,
            'USD' as currency,
            exceptions.valid_from,
            exceptions.valid_to,
            {%- for dimension in asset_dimensions() %}
                exceptions.{{ dimension }} {{ "," if not loop.last }}
            {%- endfor %}
        from exceptions
        inner join class_policy on class_policy.asset_class = exceptions.asset_class
        where
            exceptions.kpi_id = 'assets_over_life_pct'
            or exceptions.reason_code = 'model_past_eol'
        union all
        select
            exceptions.kpi_id,
            exceptions.entity_type,
            exceptions.entity_id,
            class_costs.mean_acquisition_amount as amount,
            upper(policy.base_currency) as currency,
            greatest(exceptions.valid_from, class_costs.as_of_date) as valid_from,
            least(exceptions.valid_to, class_costs.next_date) as valid_to,
            {%- for dimension in asset_dimensions() %}
                exceptions.{{ dimension }} {{ "," if not loop.last }}
            {%- endfor %}
        from exceptions
        cross join policy
        inner join
            class_costs
            on class_costs.asset_class = exceptions.asset_class
            and class_costs.as_of_date < exceptions.valid_to
            and class_costs.next_date > exceptions.valid_from
        where exceptions.kpi_id in ('asset_discovery_rate', 'unauthorized_asset_pct')
        union all
        select
            doubtful.kpi_id,
            doubtful.entity_type,
            doubtful.entity_id,
            books.net_book_value as amount,
            books.currency,
            greatest(doubtful.valid_from, books.valid_from) as valid_from,
            least(doubtful.valid_to, books.valid_to) as valid_to,
            {%- for dimension in asset_dimensions() %}
                asset_rows.{{ dimension }} {{ "," if not loop.last }}
            {%- endfor %}
        from doubtful
        inner join
            books
            on books.asset_key = doubtful.asset_key
            and books.valid_from < doubtful.valid_to
            and books.valid_to > doubtful.valid_from
        inner join asset_rows on asset_rows.row_id = doubtful.row_id
    ),

    int_impact__assets as (
        select
            kpi_id,
            entity_type,
            entity_id,
            'not_cash' as kind,
            cast(amount as decimal(38, 12)) as amount,
            currency,
            cast(null as date) as available_date,
            valid_from,
            valid_to,
            {{ asset_dimensions() | join(", ") }},
            cast(null as string) as publisher,
            cast(null as string) as product,
            cast(null as string) as severity
        from amounts
        where amount > 0 and valid_from < valid_to
    )

select *
from int_impact__assets

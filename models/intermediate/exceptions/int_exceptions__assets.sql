-- one row per KPI, failing member and span of days with the same reason and slices
-- long: nine KPIs in one shape
with
    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    device_rows as (select * from {{ ref("int_devices__rows") }}),

    ages as (select * from {{ ref("int_assets__age_spans") }}),

    bases as (
        select
            as_of_date as valid_from,
            coalesce(
                lead(as_of_date) over (order by as_of_date), {{ far_future() }}
            ) as valid_to,
            basis
        from {{ ref("int_assets__use_cells") }}
        where is_headline and dim_type = 'all'
    ),

    headline_bases as ({{ merge_spans("bases", ["basis"]) }}),

    -- in use neither by a person nor, where that is the basis, by the network
    idle as (
        select
            use_spans.asset_key,
            use_spans.row_id,
            case
                when use_spans.seen = 0
                then 'not_seen_lately'
                when asset_rows.asset_class = 'server'
                then 'server_idle'
                else 'no_user_activity'
            end as reason_code,
            greatest(use_spans.valid_from, headline_bases.valid_from) as valid_from,
            least(use_spans.valid_to, headline_bases.valid_to) as valid_to
        from {{ ref("int_assets__use_spans") }} as use_spans
        inner join asset_rows on asset_rows.row_id = use_spans.row_id
        inner join
            headline_bases
            on headline_bases.basis = use_spans.basis
            and headline_bases.valid_from < use_spans.valid_to
            and headline_bases.valid_to > use_spans.valid_from
        where use_spans.known > use_spans.active
    ),

    -- members whose slices are those of a register row
    of_rows as (
        select
            'asset_utilization_rate' as kpi_id,
            'asset' as entity_type,
            asset_key as entity_id,
            row_id,
            reason_code,
            cast(null as string) as detail,
            cast(null as date) as due_date,
            valid_from,
            valid_to
        from idle
        union all
        select
            'deployment_rate' as kpi_id,
            'asset' as entity_type,
            survivors.asset_key as entity_id,
            survivors.row_id,
            asset_rows.canonical_status as reason_code,
            null as detail,
            null as due_date,
            survivors.valid_from,
            survivors.valid_to
        from {{ ref("int_assets__survivor_spans") }} as survivors
        inner join asset_rows on asset_rows.row_id = survivors.row_id
        where
            asset_rows.is_managed_estate
            and asset_rows.canonical_status in ('in_stock', 'in_repair')
        union all
        select
            'assets_over_life_pct' as kpi_id,
            'asset' as entity_type,
            asset_key as entity_id,
            row_id,
            'over_life' as reason_code,
            null as detail,
            end_of_life_date as due_date,
            greatest(valid_from, over_life_from) as valid_from,
            valid_to
        from ages
        where over_life_from < valid_to
        union all
        select
            'assets_past_eol_pct' as kpi_id,
            'asset' as entity_type,
            asset_key as entity_id,
            end_of_life.row_id,
            case
                when model_past > 0 then 'model_past_eol' else 'system_past_eol'
            end as reason_code,
            null as detail,
            null as due_date,
            end_of_life.valid_from,
            valid_to
        from {{ ref("int_assets__end_of_life_spans") }} as end_of_life
        where past > 0
        union all
        select
            'agent_coverage_rate' as kpi_id,
            'asset' as entity_type,
            asset_key as entity_id,
            row_id,
            case
                when matched = 0 then 'not_discovered' else 'not_seen_lately'
            end as reason_code,
            null as detail,
            null as due_date,
            valid_from,
            valid_to
        from {{ ref("int_assets__agent_spans") }}
        where seen = 0
        union all
        select
            'inventory_accuracy_rate' as kpi_id,
            'register_row' as entity_type,
            concat_ws('', source_system, '|', asset_id) as entity_id,
            row_id,
            reason_code,
            detail,
            null as due_date,
            valid_from,
            valid_to
        from {{ ref("int_assets__accuracy_failures") }}
        union all
        select
            'physical_accuracy_rate' as kpi_id,
            'count_line' as entity_type,
            concat_ws('', source_system, '|', count_id, '|', line_id) as entity_id,
            row_id,
            case
                when asset_key is null
                then 'counted_not_in_register'
                when not is_anything_found
                then 'counted_not_found'
                when not is_item_matched
                then 'counted_other_item'
                when not is_location_matched
                then 'counted_elsewhere'
                else 'counted_with_other_person'
            end as reason_code,
            case
                when is_location_matched
                then null
                when is_item_matched and not is_person_matched
                then 'with another person, too'
            end as detail,
            null as due_date,
            valid_from,
            valid_to
        from {{ ref("int_assurance__count_spans") }}
        where not is_matched
    ),

    -- members that are devices, or assets together with devices, bring their slices
    with_slices as (
        select
            of_rows.kpi_id,
            of_rows.entity_type,
            of_rows.entity_id,
            of_rows.reason_code,
            of_rows.detail,
            of_rows.due_date,
            of_rows.valid_from,
            of_rows.valid_to,
            {%- for dimension in asset_dimensions() %}
                asset_rows.{{ dimension }} {{ "," if not loop.last }}
            {%- endfor %}
        from of_rows
        left join asset_rows on asset_rows.row_id = of_rows.row_id
        where
            of_rows.kpi_id <> 'assets_past_eol_pct'
            or coalesce(asset_rows.is_managed_estate, false)
        union all
        select
            'asset_discovery_rate' as kpi_id,
            'device' as entity_type,
            discovered.device_key as entity_id,
            'not_in_register' as reason_code,
            case
                when device_rows.serial is null
                then 'it reports no usable serial number'
            end as detail,
            null as due_date,
            discovered.valid_from,
            discovered.valid_to,
            {%- for dimension in asset_dimensions() %}
                discovered.{{ dimension }} {{ "," if not loop.last }}
            {%- endfor %}
        from {{ ref("int_devices__discovered_spans") }} as discovered
        inner join device_rows on device_rows.row_id = discovered.row_id
        where
            discovered.is_confirmed
            and discovered.ownership <> 'personal'
            and discovered.asset_row_id is null
        union all
        select
            'unauthorized_asset_pct' as kpi_id,
            entity_type,
            entity_key as entity_id,
            reason_code,
            null as detail,
            null as due_date,
            valid_from,
            valid_to,
            {{ asset_dimensions() | join(", ") }}
        from {{ ref("int_assets__authorization_spans") }}
        where reason_code is not null
    ),

    int_exceptions__assets as (
        select
            kpi_id,
            entity_type,
            entity_id,
            reason_code,
            cast(1 as decimal(38, 12)) as quantity,
            cast(null as string) as severity,
            detail,
            due_date,
            valid_from,
            valid_to,
            {%- for dimension in asset_dimensions() %}
                coalesce({{ dimension }}, '(unassigned)') as {{ dimension }},
            {%- endfor %}
            cast(null as string) as publisher,
            cast(null as string) as product
        from with_slices
        where valid_from < valid_to
    )

select *
from int_exceptions__assets

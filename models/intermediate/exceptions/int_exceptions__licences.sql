-- one row per KPI, member that fails it, and days with the same reason and slices
-- long: nine KPIs in one shape
with
    products as (select * from {{ ref("int_licensing__products") }}),

    installs as (select * from {{ ref("int_licensing__failing_installs") }}),

    places as (select * from {{ ref("int_licensing__device_places") }}),

    seats as (
        select * from {{ ref("int_licensing__held_seats") }} where failure is not null
    ),

    product_gaps as (select * from {{ ref("int_licensing__product_gaps") }}),

    kpis_of_seats as (
        select 'saas_utilization_rate' as kpi_id
        union all
        select 'saas_assigned_utilization_rate' as kpi_id
    ),

    members as (
        select
            installs.kpi_id,
            'install' as entity_type,
            installs.install_key as entity_id,
            installs.reason_code,
            cast(1 as decimal(38, 12)) as quantity,
            installs.detail,
            greatest(installs.valid_from, places.valid_from) as valid_from,
            least(installs.valid_to, places.valid_to) as valid_to,
            {%- for dimension in asset_dimensions() %}
                places.{{ dimension }},
            {%- endfor %}
            installs.product_key
        from installs
        inner join
            places
            on places.device_key = installs.device_key
            and places.valid_from < installs.valid_to
            and places.valid_to > installs.valid_from
        union all
        select
            kpis_of_seats.kpi_id,
            'seat' as entity_type,
            {{
                pseudonym(
                    "concat_ws('', seats.source_system, '|', seats.assignment_id)"
                )
            }} as entity_id,
            seats.failure as reason_code,
            cast(1 as decimal(38, 12)) as quantity,
            cast(null as string) as detail,
            seats.valid_from,
            seats.valid_to,
            {%- for dimension in asset_dimensions() %}
                cast(null as string) as {{ dimension }},
            {%- endfor %}
            seats.product_key
        from seats
        cross join kpis_of_seats
        union all
        select
            kpi_id,
            'product' as entity_type,
            product_key as entity_id,
            reason_code,
            quantity,
            detail,
            as_of_date as valid_from,
            next_date as valid_to,
            {%- for dimension in asset_dimensions() %}
                cast(null as string) as {{ dimension }},
            {%- endfor %}
            product_key
        from product_gaps
    ),

    exceptions__licences as (
        select
            members.kpi_id,
            members.entity_type,
            members.entity_id,
            members.reason_code,
            members.quantity,
            cast(null as string) as severity,
            members.detail,
            cast(null as date) as due_date,
            members.valid_from,
            members.valid_to,
            {%- for dimension in asset_dimensions() %}
                members.{{ dimension }},
            {%- endfor %}
            products.publisher,
            products.product_label as product
        from members
        inner join products on products.product_key = members.product_key
    )

select *
from exceptions__licences

-- one row per feed, source, column and value that no policy seed knows
-- long: one paragraph per kind of name
with
    statuses as (
        select
            delivered.feed,
            delivered.source_system,
            'status' as column_name,
            case
                when delivered.raw_substatus = ''
                then delivered.raw_status
                else concat_ws('', delivered.raw_status, ' / ', delivered.raw_substatus)
            end as value,
            delivered.versions as rows_carrying,
            'status_map' as seed,
            concat_ws(
                '',
                delivered.source_system,
                ',',
                delivered.feed,
                ',',
                delivered.raw_status,
                ',',
                delivered.raw_substatus,
                ',?'
            ) as seed_line
        from {{ ref("int_policy__delivered_statuses") }} as delivered
        inner join
            {{ ref("int_policy__statuses") }} as statuses
            on statuses.feed = delivered.feed
            and statuses.source_system = delivered.source_system
            and statuses.raw_status = delivered.raw_status
            and statuses.raw_substatus = delivered.raw_substatus
        where not statuses.is_mapped
    ),

    delivered_classes as (
        select
            'hardware_asset' as feed,
            source_system,
            'asset_class' as column_name,
            {{ underscored("asset_class") }} as value
        from {{ ref("stg_cmdb__hardware_asset") }}
        union all
        select
            'device_discovery' as feed,
            source_system,
            'device_class' as column_name,
            {{ underscored("device_class") }} as value
        from {{ ref("stg_discovery__device_discovery") }}
    ),

    unknown_classes as (
        select
            delivered_classes.feed,
            delivered_classes.source_system,
            delivered_classes.column_name,
            delivered_classes.value,
            count(*) as rows_carrying,
            'class_alias' as seed,
            concat_ws('', delivered_classes.value, ',?') as seed_line
        from delivered_classes
        inner join
            {{ ref("int_assets__classes") }} as classes
            on classes.raw_class = delivered_classes.value
        where classes.asset_class = '(unmapped)'
        group by 1, 2, 3, 4
    ),

    unknown_titles as (
        select
            'software_install' as feed,
            installs.source_system,
            'raw_name' as column_name,
            installs.raw_name as value,
            count(*) as rows_carrying,
            'product_alias' as seed,
            concat_ws(
                '',
                '100,%,"',
                lower(replace(installs.raw_name, '"', '""')),
                '%",?,?,,licensable'
            ) as seed_line
        from {{ ref("stg_discovery__software_install") }} as installs
        inner join
            (
                select raw_name
                from {{ ref("int_licensing__titles") }}
                where not is_known
                group by raw_name
            ) as titles
            on titles.raw_name = installs.raw_name
        group by 1, 2, 3, 4, 7
    ),

    failed_words as (
        select feed, source_system, column_name, value, sum(row_count) as rows_carrying
        from {{ source("landing", "cast_failures") }}
        where kind = 'enum'
        group by feed, source_system, column_name, value
    ),

    -- the organisation's line stands in place of the seed's: it has the known words too
    added_words as (
        select
            feed,
            column_name,
            {{ dbt.listagg("value", "'|'", "order by value") }} as added
        from (select distinct feed, column_name, value from failed_words) as words
        group by feed, column_name
    ),

    unknown_words as (
        select
            failed_words.feed,
            failed_words.source_system,
            failed_words.column_name,
            failed_words.value,
            failed_words.rows_carrying,
            'enum_values' as seed,
            concat_ws(
                '',
                failed_words.feed,
                ',',
                failed_words.column_name,
                ',false,"',
                replace(
                    concat_ws('', allowed_values.allowed, '|', added_words.added),
                    '"',
                    '""'
                ),
                '"'
            ) as seed_line
        from failed_words
        inner join
            added_words
            on added_words.feed = failed_words.feed
            and added_words.column_name = failed_words.column_name
        left join
            {{ source("landing", "allowed_values") }} as allowed_values
            on allowed_values.feed = failed_words.feed
            and allowed_values.column_name = failed_words.column_name
    ),

    unknown as (
        select *
        from statuses
        union all
        select *
        from unknown_classes
        union all
        select *
        from unknown_titles
        union all
        select *
        from unknown_words
    ),

    kpis as (
        select feed, {{ dbt.listagg("kpi_id", "', '", "order by kpi_id") }} as kpis
        from
            (
                select distinct feed, kpi_id from {{ ref("stg_policy__kpi_needs") }}
            ) as needs
        group by feed
    ),

    unmapped_values as (
        select
            unknown.feed,
            unknown.source_system,
            unknown.column_name,
            unknown.value,
            cast(unknown.rows_carrying as bigint) as rows,
            kpis.kpis,
            unknown.seed,
            unknown.seed_line
        from unknown
        left join kpis on kpis.feed = unknown.feed
    )

select *
from unmapped_values

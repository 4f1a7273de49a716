-- one row per raw software title: the product it is, by the first alias that fits
with
    installs as (select * from {{ ref("stg_discovery__software_install") }}),

    aliases as (
        select
            publisher,
            product,
            trim(version_major) as version_major,
            lower(trim(product_type)) as product_type,
            {{ collapsed("coalesce(raw_publisher_like, '%')") }} as publisher_like,
            {{ collapsed("raw_name_like") }} as name_like,
            row_number() over (
                order by
                    precedence, priority, position, raw_publisher_like, raw_name_like
            ) as rank
        from {{ ref("stg_policy__product_alias") }}
    ),

    titles as (
        select
            {{ title_key("raw_publisher", "raw_name", "raw_version") }} as title_key,
            raw_publisher,
            raw_name,
            raw_version,
            {{ collapsed("coalesce(raw_publisher, '')") }} as publisher_text,
            {{ collapsed("raw_name") }} as name_text
        from installs
        group by raw_publisher, raw_name, raw_version
    ),

    names as (
        select publisher_text, name_text from titles group by publisher_text, name_text
    ),

    first_alias as (
        select names.publisher_text, names.name_text, min(aliases.rank) as rank
        from names
        inner join
            aliases
            on names.publisher_text like aliases.publisher_like
            and names.name_text like aliases.name_like
        group by names.publisher_text, names.name_text
    ),

    resolved as (
        select
            titles.title_key,
            titles.raw_publisher,
            titles.raw_name,
            titles.raw_version,
            trim(aliases.publisher) as publisher,
            trim(aliases.product) as product,
            {{ product_key("aliases.publisher", "aliases.product") }} as product_key,
            case
                when aliases.version_major = '@'
                then {{ digits_of(dbt.split_part("titles.raw_version", "'.'", 1)) }}
                else lower(nullif(aliases.version_major, ''))
            end as version_major,
            aliases.product_type,
            aliases.rank is not null as is_known,
            coalesce(aliases.product_type = 'licensable', false) as is_licensable
        from titles
        left join
            first_alias
            on first_alias.publisher_text = titles.publisher_text
            and first_alias.name_text = titles.name_text
        left join aliases on aliases.rank = first_alias.rank
    )

select *
from resolved

-- one row per product that is installed, owned, assigned or inferred
-- long: four places mention products, each with its own right to the spelling
with
    aliases as (select * from {{ ref("stg_policy__product_alias") }}),

    titles as (select * from {{ ref("int_licensing__titles") }}),

    suites as (select * from {{ ref("stg_policy__suite") }}),

    entitlements as (select * from {{ ref("stg_licensing__entitlement") }}),

    seats as (select * from {{ ref("stg_licensing__license_assignment") }}),

    catalog as (
        select
            {{ product_key("publisher", "name") }} as product_key,
            max(lower(trim(decision))) as decision
        from {{ ref("stg_policy__approved_catalog") }}
        where lower(trim(item_type)) = 'software'
        group by 1
    ),

    -- policy knows the spelling; otherwise the newest row, ties the smallest
    mentions as (
        select
            publisher,
            product,
            false as occurs,
            0 as source_rank,
            precedence,
            priority,
            position,
            cast(null as timestamp) as extracted_at
        from aliases
        union all
        select publisher, product, true, 1, 0, 0, 0, null
        from titles
        where is_known
        union all
        select suite_publisher, suite, true, 2, 0, 0, 0, null
        from suites
        union all
        select publisher, product, true, 3, 0, 0, 0, max(extracted_at)
        from entitlements
        group by publisher, product
        union all
        select publisher, product, true, 3, 0, 0, 0, max(extracted_at)
        from seats
        group by publisher, product
    ),

    spelled as (
        select
            {{ product_key("publisher", "product") }} as product_key,
            lower(trim(coalesce(publisher, ''))) as publisher_key,
            lower(trim(product)) as name_key,
            trim(publisher) as publisher,
            trim(product) as product,
            occurs,
            row_number() over (
                partition by {{ product_key("publisher", "product") }}
                order by
                    source_rank,
                    precedence,
                    priority,
                    position,
                    extracted_at desc nulls last,
                    trim(product),
                    trim(publisher)
            ) as product_choice,
            row_number() over (
                partition by lower(trim(coalesce(publisher, '')))
                order by
                    source_rank,
                    precedence,
                    priority,
                    position,
                    extracted_at desc nulls last,
                    trim(publisher),
                    trim(product)
            ) as publisher_choice
        from mentions
    ),

    publishers as (
        select publisher_key, publisher from spelled where publisher_choice = 1
    ),

    occurring as (
        select
            product_key,
            publisher_key,
            name_key,
            max(case when product_choice = 1 then product end) as product
        from spelled
        group by product_key, publisher_key, name_key
        having max(case when occurs then 1 else 0 end) = 1
    ),

    publishers_of_name as (
        select name_key, count(*) as publishers from occurring group by name_key
    ),

    licensable as (
        select
            product_key, max(case when is_licensable then 1 else 0 end) as is_licensable
        from titles
        where is_known
        group by product_key
    ),

    suite_names as (
        select {{ product_key("suite_publisher", "suite") }} as product_key
        from suites
        group by 1
    ),

    products as (
        select
            occurring.product_key,
            publishers.publisher,
            occurring.product,
            case
                when publishers_of_name.publishers > 1
                then publishers.publisher || ' ' || occurring.product
                else occurring.product
            end as product_label,
            coalesce(licensable.is_licensable, 1) = 1 as is_licensable,
            suite_names.product_key is not null as is_suite,
            catalog.decision as catalog_decision,
            coalesce(catalog.decision = 'deny', false) as is_denied,
            coalesce(catalog.decision <> 'deny', false) as is_approved
        from occurring
        inner join publishers on publishers.publisher_key = occurring.publisher_key
        inner join
            publishers_of_name on publishers_of_name.name_key = occurring.name_key
        left join licensable on licensable.product_key = occurring.product_key
        left join suite_names on suite_names.product_key = occurring.product_key
        left join catalog on catalog.product_key = occurring.product_key
    )

select *
from products

-- one row per device, product, version and days on which a right is needed (K14)
-- long: absorbed and inferred installs are two different changes of one list
with
    confirmed as (
        select *
        from {{ ref("int_licensing__software_installs") }}
        where device_status = 'confirmed'
    ),

    suites as (select * from {{ ref("int_licensing__suite_presence") }}),

    components as (select * from {{ ref("int_licensing__suite_components") }}),

    rights as (select * from {{ ref("int_licensing__rights") }}),

    absorbed as (
        select
            suites.device_key,
            components.component_key as product_key,
            suites.valid_from,
            suites.valid_to
        from suites
        inner join components on components.suite_key = suites.suite_key
    ),

    -- an install beside a suite that wants it
    touched as (
        select confirmed.device_key, confirmed.product_key, confirmed.version_major
        from confirmed
        inner join
            absorbed
            on absorbed.device_key = confirmed.device_key
            and absorbed.product_key = confirmed.product_key
        group by confirmed.device_key, confirmed.product_key, confirmed.version_major
    ),

    parts as (
        select
            confirmed.device_key,
            confirmed.product_key,
            coalesce(confirmed.version_major, '') as version_text,
            confirmed.valid_from,
            confirmed.valid_to,
            1 as installed,
            0 as absorbed
        from confirmed
        union all
        select
            absorbed.device_key,
            absorbed.product_key,
            coalesce(touched.version_major, '') as version_text,
            absorbed.valid_from,
            absorbed.valid_to,
            0 as installed,
            1 as absorbed
        from absorbed
        inner join
            touched
            on touched.device_key = absorbed.device_key
            and touched.product_key = absorbed.product_key
    ),

    remaining as (
        {{
            sweep(
                "parts",
                ["device_key", "product_key", "version_text"],
                ["installed", "absorbed"],
                "installed > 0 and absorbed = 0",
            )
        }}
    ),

    inferred as (
        select device_key, suite_key, valid_from, valid_to
        from suites
        where not is_installed
    ),

    -- versions of the components of which a licence of the suite is owned
    versions as (
        select
            inferred.device_key,
            inferred.suite_key,
            confirmed.version_major,
            {{ version_order("confirmed.version_major") }} as version_order,
            greatest(
                inferred.valid_from, confirmed.valid_from, rights.valid_from
            ) as valid_from,
            least(inferred.valid_to, confirmed.valid_to, rights.valid_to) as valid_to
        from inferred
        inner join components on components.suite_key = inferred.suite_key
        inner join
            confirmed
            on confirmed.device_key = inferred.device_key
            and confirmed.product_key = components.component_key
            and confirmed.valid_from < inferred.valid_to
            and confirmed.valid_to > inferred.valid_from
        inner join
            rights
            on rights.product_key = inferred.suite_key
            and rights.entitled_version = confirmed.version_major
            and rights.valid_from < least(inferred.valid_to, confirmed.valid_to)
            and rights.valid_to > greatest(inferred.valid_from, confirmed.valid_from)
    ),

    cuts as (
        select device_key, suite_key, valid_from, valid_to
        from inferred
        union all
        select device_key, suite_key, valid_from, valid_to
        from versions
    ),

    pieces as ({{ cut_spans("cuts", ["device_key", "suite_key"]) }}),

    highest as (
        select
            pieces.device_key,
            pieces.suite_key,
            pieces.valid_from,
            pieces.valid_to,
            max(versions.version_order) as version_order
        from pieces
        inner join
            inferred
            on inferred.device_key = pieces.device_key
            and inferred.suite_key = pieces.suite_key
            and inferred.valid_from <= pieces.valid_from
            and inferred.valid_to >= pieces.valid_to
        left join
            versions
            on versions.device_key = pieces.device_key
            and versions.suite_key = pieces.suite_key
            and versions.valid_from <= pieces.valid_from
            and versions.valid_to >= pieces.valid_to
        group by pieces.device_key, pieces.suite_key, pieces.valid_from, pieces.valid_to
    ),

    version_names as (
        select version_order, max(version_major) as version_major
        from versions
        group by version_order
    ),

    all_installs as (
        select
            device_key,
            product_key,
            nullif(version_text, '') as version_major,
            false as is_inferred,
            valid_from,
            valid_to
        from remaining
        union all
        select
            highest.device_key,
            highest.suite_key as product_key,
            version_names.version_major,
            true as is_inferred,
            highest.valid_from,
            highest.valid_to
        from highest
        left join version_names on version_names.version_order = highest.version_order
    ),

    licensable_installs as (
        {{
            merge_spans(
                "all_installs",
                ["device_key", "product_key", "version_major", "is_inferred"],
            )
        }}
    )

select *
from licensable_installs

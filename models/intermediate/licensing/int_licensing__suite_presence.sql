-- one row per device, suite and days installed or inferred (K14.2)
-- long: suites are found, rivals settled, both over time
with
    components as (select * from {{ ref("int_licensing__suite_components") }}),

    suites as (
        select
            suite_key,
            min(components_of_suite) as components_of_suite,
            min(mandatory_of_suite) as mandatory_of_suite,
            min(inference_percent) as inference_percent
        from components
        group by suite_key
    ),

    confirmed as (
        select *
        from {{ ref("int_licensing__software_installs") }}
        where device_status = 'confirmed'
    ),

    present as ({{ merge_spans("confirmed", ["device_key", "product_key"]) }}),

    parts as (
        select
            present.device_key,
            suites.suite_key,
            present.valid_from,
            present.valid_to,
            1 as installed,
            0 as present,
            0 as mandatory
        from present
        inner join suites on suites.suite_key = present.product_key
        union all
        select
            present.device_key,
            components.suite_key,
            present.valid_from,
            present.valid_to,
            0 as installed,
            1 as present,
            components.mandatory
        from present
        inner join components on components.component_key = present.product_key
    ),

    swept as (
        {{
            sweep(
                "parts",
                ["device_key", "suite_key"],
                ["installed", "present", "mandatory"],
            )
        }}
    ),

    found as (
        select
            swept.device_key,
            swept.suite_key,
            swept.valid_from,
            swept.valid_to,
            swept.installed > 0 as is_installed,
            case when swept.installed > 0 then 0 else swept.present end as present,
            swept.present * 1000000 / suites.components_of_suite as share_present
        from swept
        inner join suites on suites.suite_key = swept.suite_key
        where
            swept.installed > 0
            or (
                swept.mandatory = suites.mandatory_of_suite
                and swept.present * 100
                >= suites.inference_percent * suites.components_of_suite
            )
    ),

    -- suites that want the same component: an installed one has it, then the one that
    -- finds most
    -- of its components
    rivals as (
        select mine.suite_key, theirs.suite_key as rival_key
        from components as mine
        inner join
            components as theirs
            on theirs.component_key = mine.component_key
            and theirs.suite_key <> mine.suite_key
        group by mine.suite_key, theirs.suite_key
    ),

    lost as (
        select
            mine.device_key,
            mine.suite_key,
            greatest(mine.valid_from, theirs.valid_from) as valid_from,
            least(mine.valid_to, theirs.valid_to) as valid_to
        from found as mine
        inner join rivals on rivals.suite_key = mine.suite_key
        inner join
            found as theirs
            on theirs.device_key = mine.device_key
            and theirs.suite_key = rivals.rival_key
            and theirs.valid_from < mine.valid_to
            and theirs.valid_to > mine.valid_from
        where
            not mine.is_installed
            and (
                theirs.is_installed
                or theirs.present > mine.present
                or (
                    theirs.present = mine.present
                    and (
                        theirs.share_present > mine.share_present
                        or (
                            theirs.share_present = mine.share_present
                            and theirs.suite_key < mine.suite_key
                        )
                    )
                )
            )
    ),

    standing as (
        select
            device_key,
            suite_key,
            valid_from,
            valid_to,
            case when is_installed then 1 else 0 end as installed,
            case when is_installed then 0 else 1 end as inferred,
            0 as lost
        from found
        union all
        select device_key, suite_key, valid_from, valid_to, 0, 0, 1
        from lost
    ),

    settled as (
        {{
            sweep(
                "standing",
                ["device_key", "suite_key"],
                ["installed", "inferred", "lost"],
                "(installed > 0 or (inferred > 0 and lost = 0))",
            )
        }}
    ),

    labelled as (
        select
            device_key, suite_key, installed > 0 as is_installed, valid_from, valid_to
        from settled
    ),

    suite_presence as (
        {{ merge_spans("labelled", ["device_key", "suite_key", "is_installed"]) }}
    )

select *
from suite_presence

-- one row per register row that fails a test of its record and span of days with the
-- same failures
-- long: five tests, what exactly fails in each, and the first of them as the reason
with
    accuracy as (
        select *
        from {{ ref("int_assets__accuracy_spans") }}
        where
            not (
                is_complete and is_valid and is_unique and is_current and is_consistent
            )
    ),

    asset_rows as (select * from {{ ref("int_assets__rows") }}),

    faults as (select * from {{ ref("int_assets__record_faults") }}),

    absent as (
        select
            row_id,
            concat_ws(
                ', ',
                case when asset_tag is null then 'tag' end,
                case when serial is null and is_serial_required then 'serial' end,
                case when model is null then 'model' end,
                case when location = '(unassigned)' then 'location' end,
                case when purchase_date is null then 'purchase date' end,
                case when purchase_cost is null then 'purchase cost' end,
                case
                    when assigned_person_id is null and stockroom is null
                    then 'owner or stockroom'
                end
            ) as columns_absent
        from asset_rows
        where is_managed_estate
    ),

    accuracy_failures as (
        select
            accuracy.row_id,
            asset_rows.source_system,
            asset_rows.asset_id,
            asset_rows.asset_key,
            asset_rows.canonical_status,
            accuracy.is_current,
            case
                when not accuracy.is_complete
                then 'record_incomplete'
                when not accuracy.is_valid
                then 'record_invalid'
                when not accuracy.is_unique
                then 'record_duplicate'
                when not accuracy.is_current
                then 'record_stale'
                else 'record_inconsistent'
            end as reason_code,
            nullif(
                concat_ws(
                    '; ',
                    case
                        when not accuracy.is_complete
                        then concat_ws('', 'without ', absent.columns_absent)
                    end,
                    case
                        when not accuracy.is_valid
                        then 'dates out of order, cost below zero or currency unknown'
                    end,
                    case
                        when not accuracy.is_unique
                        then 'another record has its serial or its tag'
                    end,
                    case
                        when not accuracy.is_current
                        then 'nothing has confirmed it lately'
                    end,
                    case
                        when accuracy.is_consistent
                        then null
                        when faults.is_status_consistent
                        then 'its owner is not employed'
                        when asset_rows.canonical_status = 'in_stock'
                        then 'in stock, yet with an owner'
                        else 'deployed without an owner or a place'
                    end
                ),
                ''
            ) as detail,
            accuracy.valid_from,
            accuracy.valid_to
        from accuracy
        inner join asset_rows on asset_rows.row_id = accuracy.row_id
        inner join absent on absent.row_id = accuracy.row_id
        inner join faults on faults.row_id = accuracy.row_id
    )

select *
from accuracy_failures

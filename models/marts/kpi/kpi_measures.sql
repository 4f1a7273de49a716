-- one row per KPI, as-of date and slice
-- long: value, status and reason are decided here, once for all KPIs
with
    cells as (
        {% for kpi_id in var("kpi_ids") %}
            select * from {{ ref("kpi_" ~ kpi_id) }} {{ "union all" if not loop.last }}
        {% endfor %}
    ),

    catalog as (
        select *
        from {{ ref("stg_policy__kpi_definitions") }}
        where kpi_id in ('{{ var("kpi_ids") | join("', '") }}')
    ),

    feed_status as (select * from {{ ref("int_kpi__feed_status") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    -- every KPI speaks on every date, also when it has no members
    wanted as (
        select kpi_id, as_of_date, 'all' as dim_type, 'all' as dim_value
        from feed_status
        union
        select kpi_id, as_of_date, dim_type, dim_value
        from cells
    ),

    parts as (
        select
            wanted.*,
            catalog.value_kind,
            feed_status.is_measurable,
            feed_status.missing_reason,
            feed_status.is_partial,
            feed_status.partial_reason,
            policy.low_confidence_coverage,
            case when is_measurable then coalesce(cells.numerator, 0) end as numerator,
            case
                when is_measurable and value_kind = 'ratio'
                then coalesce(cells.denominator, 0)
            end as denominator,
            case
                when cells.population is null
                then cast(1 as double)
                when cells.population <> 0
                then
                    {{ as_double("cells.covered") }}
                    / {{ as_double("cells.population") }}
            end as coverage
        from wanted
        inner join catalog on catalog.kpi_id = wanted.kpi_id
        inner join
            feed_status
            on feed_status.kpi_id = wanted.kpi_id
            and feed_status.as_of_date = wanted.as_of_date
        cross join policy
        left join
            cells
            on cells.kpi_id = wanted.kpi_id
            and cells.as_of_date = wanted.as_of_date
            and cells.dim_type = wanted.dim_type
            and cells.dim_value = wanted.dim_value
        where feed_status.is_measurable or wanted.dim_type = 'all'
    ),

    judged as (
        select
            parts.*,
            case
                when not is_measurable
                then 'not_measurable'
                when value_kind = 'ratio' and denominator = 0
                then 'no_population'
                when is_partial or coverage < low_confidence_coverage
                then 'low_confidence'
                else 'ok'
            end as status
        from parts
    ),

    kpi_measures as (
        select
            kpi_id,
            as_of_date,
            dim_type,
            dim_value,
            numerator,
            denominator,
            case
                when value_kind = 'amount'
                then {{ as_double("numerator") }}
                when denominator <> 0
                then {{ as_double("numerator") }} / {{ as_double("denominator") }}
            end as value,
            case when status in ('ok', 'low_confidence') then coverage end as coverage,
            status,
            case
                status
                when 'not_measurable'
                then missing_reason
                when 'no_population'
                then 'Nothing to measure: the feeds are there, the population is empty.'
                when 'low_confidence'
                then
                    concat_ws(
                        '',
                        case
                            when coverage < low_confidence_coverage
                            then
                                concat_ws(
                                    '',
                                    'Only ',
                                    cast(
                                        cast(coverage * 100 as decimal(9, 1)) as string
                                    ),
                                    ' % of the population could be classified. '
                                )
                            else ''
                        end,
                        case when is_partial then partial_reason else '' end
                    )
            end as reason
        from judged
    )

select *
from kpi_measures

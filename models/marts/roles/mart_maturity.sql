-- one row per maturity level and KPI, on D
-- long: what is missing and what to do about it are sentences
with
    scorecard as (
        select cards.*
        from {{ ref("kpi_scorecard") }} as cards
        inner join
            {{ ref("int_calendar__compared_dates") }} as compared
            on compared.as_of_date = cards.as_of_date
    ),

    catalog as (select * from {{ ref("kpi_catalog") }}),

    levels as (select * from {{ ref("stg_policy__maturity_levels") }}),

    policy as (select * from {{ ref("stg_policy__kpi_policy") }}),

    judged as (
        select
            scorecard.as_of_date,
            scorecard.maturity_level,
            scorecard.kpi_id,
            scorecard.name,
            case
                when scorecard.status = 'not_measurable'
                then 'measured'
                when scorecard.coverage < policy.low_confidence_coverage
                then 'covered'
                when scorecard.rag = 'red'
                then 'on target'
            end as missing_requirement,
            scorecard.value_text,
            scorecard.target_text,
            case
                when scorecard.status = 'not_measurable'
                then concat_ws('', 'Deliver what it needs: ', catalog.needs, '.')
                when scorecard.coverage < policy.low_confidence_coverage
                then
                    concat_ws(
                        '',
                        'Bring its coverage from ',
                        {{ readable_number("scorecard.coverage * 100", 1) }},
                        ' % to ',
                        {{ readable_number("policy.low_confidence_coverage * 100") }},
                        ' %.'
                    )
                when scorecard.rag = 'red'
                then
                    concat_ws(
                        '',
                        'Bring it from ',
                        scorecard.value_text,
                        ' to ',
                        scorecard.target_text,
                        case
                            when scorecard.exceptions > 0
                            then
                                concat_ws(
                                    '',
                                    ': ',
                                    {{ readable_number("scorecard.exceptions") }},
                                    ' exceptions. ',
                                    coalesce(scorecard.suggested_action, '')
                                )
                            else '.'
                        end
                    )
            end as work_to_do
        from scorecard
        inner join catalog on catalog.kpi_id = scorecard.kpi_id
        cross join policy
    ),

    missing as (
        select
            levels.maturity_level,
            sum(
                case when judged.missing_requirement is not null then 1 else 0 end
            ) as missing_so_far
        from levels
        inner join judged on judged.maturity_level <= levels.maturity_level
        group by levels.maturity_level
    ),

    mart_maturity as (
        select
            judged.as_of_date,
            judged.maturity_level,
            levels.name as level_name,
            judged.kpi_id,
            judged.name,
            judged.missing_requirement is null as is_met,
            judged.missing_requirement,
            judged.value_text,
            judged.target_text,
            judged.work_to_do,
            missing.missing_so_far = 0 as is_level_reached,
            levels.next_step
        from judged
        inner join levels on levels.maturity_level = judged.maturity_level
        inner join missing on missing.maturity_level = judged.maturity_level
    )

select *
from mart_maturity

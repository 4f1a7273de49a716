{# How many of the needs of a product cannot be met by its rights (K14.5), in closed form.

   `needs` has keys, version_order (null: no version) and need; `rights` has keys, version_order, right_kind
   (exact, downgrade, any_version) and rights. Rights of one kind and version net first, and never go below nothing.
   A right of a version serves its version, one with downgrade older ones too, the rest any; a need without a version
   takes any right. Result: keys, required, rights_exact, rights_downgrade, rights_any_version, shortfall. #}
{% macro license_shortfall(needs, rights, keys) %}
    {%- set key_list = keys | join(", ") %}
    select
        {{ key_list }},
        required,
        rights_exact,
        rights_downgrade,
        rights_any_version,
        greatest(
            0,
            worst_from_newest - rights_any_version,
            required - rights_exact - rights_downgrade - rights_any_version
        ) as shortfall
    from
        (
            select
                {{ key_list }},
                sum(need) as required,
                sum(exact) as rights_exact,
                sum(downgrade) as rights_downgrade,
                sum(any_version) as rights_any_version,
                max(
                    case when version_order is null then 0 else missing_from_newest end
                ) as worst_from_newest
            from
                (
                    select
                        by_version.*,
                        sum(
                            case
                                when version_order is null
                                then 0
                                else greatest(need - exact, 0) - downgrade
                            end
                        ) over (
                            partition by {{ key_list }}
                            order by version_order desc nulls last
                            rows between unbounded preceding and current row
                        ) as missing_from_newest
                    from
                        (
                            select
                                {{ key_list }},
                                version_order,
                                sum(need) as need,
                                greatest(sum(exact), 0) as exact,
                                greatest(sum(downgrade), 0) as downgrade,
                                greatest(sum(any_version), 0) as any_version
                            from
                                (
                                    select
                                        {{ key_list }},
                                        version_order,
                                        cast(need as decimal(38, 8)) as need,
                                        cast(0 as decimal(38, 8)) as exact,
                                        cast(0 as decimal(38, 8)) as downgrade,
                                        cast(0 as decimal(38, 8)) as any_version
                                    from {{ needs }}
                                    union all
                                    select
                                        {{ key_list }},
                                        case
                                            when right_kind <> 'any_version'
                                            then version_order
                                        end as version_order,
                                        cast(0 as decimal(38, 8)) as need,
                                        cast(
                                            case
                                                when right_kind = 'exact'
                                                then rights
                                                else 0
                                            end as decimal(38, 8)
                                        ) as exact,
                                        cast(
                                            case
                                                when right_kind = 'downgrade'
                                                then rights
                                                else 0
                                            end as decimal(38, 8)
                                        ) as downgrade,
                                        cast(
                                            case
                                                when right_kind = 'any_version'
                                                then rights
                                                else 0
                                            end as decimal(38, 8)
                                        ) as any_version
                                    from {{ rights }}
                                ) as amounts
                            group by {{ key_list }}, version_order
                        ) as by_version
                ) as running
            group by {{ key_list }}
        ) as totals
{% endmacro %}

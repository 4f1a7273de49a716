"""The door out: what must be true of built marts before anybody may read them.

One suite per published table that a person looks at first, one about the estate behind them, one about tables as a
whole. Not here: keys and relations inside the warehouse (dbt tests), branches of logic (unit tests), numbers (worked
examples); docs/quality.md says why.
"""

from __future__ import annotations

from itam.quality.policy import GatePolicy
from itam.quality.suites import Listed, Rule, Suite, Unique

# Parts whose slices do not add up to `all`, each with the reason.
PARTS_NOT_ADDITIVE = {
    ("budget_variance", "denominator"): "the absolute value of a sum; the signed budget is checked instead",
}
CELL = "kpi_id || ' ' || as_of_date || ' ' || dim_type || '=' || dim_value"
NEWEST_DAY = "(select max(as_of_date) from intermediate.int_calendar__as_of_dates)"

STATUSES = ("ok", "no_population", "not_measurable", "low_confidence")
HISTORY_DAYS = 20
"""Days that a history needs before anything is beyond it."""
NORMAL = 1.4826
"""What turns the median deviation of normal values into their standard deviation."""

ENTITIES = {
    "asset": ("dim_asset", "asset_key"),
    "device": ("dim_device", "device_key"),
    "product": ("dim_product", "product_key"),
    "contract": ("dim_contract", "contract_key"),
}
"""Tables that hold what an exception speaks of, where that is a table for readers."""


def suites(policy: GatePolicy) -> list[Suite]:
    """All suites over what has been built."""
    return [
        Suite("estate", "", "select * from raw.deliveries", _estate(policy)),
        Suite("kpi_results", "", "select * from marts.kpi_results", _kpi_results(policy)),
        Suite("kpi_exceptions", "", "select * from marts.kpi_exceptions", _kpi_exceptions()),
        Suite("tables", "", "select * from quality.published_tables", _tables(policy)),
    ]


def not_additive(part: str) -> str:
    """KPIs whose part is not the sum of its slices, as a SQL list."""
    return ", ".join(f"'{kpi}'" for kpi, p in PARTS_NOT_ADDITIVE if p == part) or "''"


def _estate(policy: GatePolicy) -> tuple[Rule, ...]:
    """What the numbers are made of."""
    return (
        Rule(
            "unmapped_hardware_status",
            "every status of a register row has a line in status_map",
            """
            select distinct
                'hardware_asset' as feed,
                'status "' || row_version.raw_status || '"'
                    || coalesce(', substatus "' || row_version.raw_substatus || '"', '')
                    || ' of ' || row_version.source_system
                    || ' is unknown: add it to policy/status_map.csv (itam unmapped --csv)' as observed
            from intermediate.int_assets__register_spans as span
            join intermediate.int_assets__rows as row_version using (row_id)
            where row_version.canonical_status is null
                and exists (
                    from intermediate.int_calendar__as_of_dates as day
                    where day.as_of_date >= span.valid_from and day.as_of_date < span.valid_to
                )
            """,
        ),
        Rule(
            "empty_estate",
            "a register that had assets does not become empty",
            """
            with
            estate as (
                select
                    day.as_of_date,
                    (
                        select count(*) from intermediate.int_assets__survivor_spans as span
                        where span.valid_from <= day.as_of_date and span.valid_to > day.as_of_date
                    ) as assets,
                    exists (
                        from intermediate.int_feeds__alive_spans as alive
                        where alive.feed = 'hardware_asset'
                            and alive.valid_from <= day.as_of_date and alive.valid_to > day.as_of_date
                    ) as is_alive
                from intermediate.int_calendar__as_of_dates as day
            ),
            newest as (select * from estate order by as_of_date desc limit 1),
            full_before as (select max(assets) as assets from estate where as_of_date < (select as_of_date from newest))
            select
                'hardware_asset' as feed,
                'no asset on ' || newest.as_of_date || ', up to ' || full_before.assets || ' before' as observed
            from newest, full_before
            where newest.is_alive and newest.assets = 0 and full_before.assets > 0
            """,
        ),
        Rule(
            "reconciliation",
            "everything that was delivered is accounted for, from the file to the published number",
            """
            select
                rule || ', ' || subject || ': ' || expected || ' expected, ' || found || ' found'
                || case when explained <> 0 then ', ' || explained || ' explained' else '' end as observed
            from quality.reconciliation where difference <> 0
            """,
        ),
        Rule(
            "delivery_accepted",
            "every delivery is accepted",
            """
            select feed, batch_id as delivery, reason as observed
            from (select * from {batch}) as delivery where status = 'quarantined'
            """,
        ),
        Rule(
            "feed_on_time",
            "every source delivers at its cadence",
            _late(policy, "feed_on_time"),
        ),
        Rule(
            "feed_overdue",
            "no source is twice as late as its cadence",
            _late(policy, "feed_overdue"),
        ),
    )


def _late(policy: GatePolicy, check_id: str) -> str:
    return f"""
        select feed, arg_max(batch_id, extracted_at) as delivery,
            any_value(as_of_date) - cast(max(extracted_at) as date) || ' days old on ' || any_value(as_of_date)
                || ', expected every ' || any_value(cadence_days) as observed
        from (select * from {{batch}}) as delivery
        join staging.stg_policy__feed_policy as cadence using (feed)
        join (select {NEWEST_DAY} as as_of_date) as newest on true
        where status = 'accepted' and extracted_at < as_of_date + interval 1 day
        group by feed, source_system
        having any_value(as_of_date) - cast(max(extracted_at) as date)
            > {policy.tolerance(check_id)} * any_value(cadence_days)
    """


def _kpi_results(policy: GatePolicy) -> tuple[Rule | Unique | Listed, ...]:
    """The cells that everything else is read from."""
    jump = policy.tolerance("kpi_jump")
    return (
        Unique("cells_unique", "one row per KPI, day and slice", ("kpi_id", "as_of_date", "dim_type", "dim_value")),
        Listed("known_words", "status and trust are of the known words", "status", STATUSES),
        Listed("known_words", "status and trust are of the known words", "trust", ("trusted", "compromised")),
        Rule(
            "finite_values",
            "every published number is finite",
            f"""
            select kpi_id, {CELL} || ': ' || coalesce(value, coverage) as observed
            from marts.kpi_results
            where isnan(value) or isinf(value) or isnan(coverage) or isinf(coverage)
            """,
        ),
        Rule(
            "value_in_range",
            "values lie in the range that the KPI catalogue states, coverage between 0 and 1",
            f"""
            select kpi_id,
                {CELL} || ': ' || coalesce(numerator::varchar, 'null')
                || ' / ' || coalesce(denominator::varchar, 'null')
                || ', coverage ' || coalesce(coverage::varchar, 'null') as observed
            from marts.kpi_results as cell
            left join staging.stg_policy__kpi_definitions as catalog using (kpi_id)
            where (catalog.value_range = 'rate' and not (value between 0 and 1))
                or (catalog.value_range = 'nonnegative' and value < 0)
                or not (coverage between 0 and 1)
            """,
        ),
        Rule(
            "status_fits_value",
            "a value is there when the status says so, and a reason when it is not ok",
            f"""
            select kpi_id, {CELL} || ' is ' || status || ', value ' || coalesce(cast(value as varchar), 'null')
                || ', reason ' || coalesce(reason, 'null') as observed
            from marts.kpi_results
            where (value is null) <> (status in ('no_population', 'not_measurable'))
                or (status <> 'ok' and reason is null)
            """,
        ),
        Rule(
            "slices_add_up",
            "the slices of a dimension sum to `all`, numerator and denominator",
            f"""
            with
            dimension as (select distinct kpi_id, dim_type from marts.kpi_results where dim_type <> 'all'),
            sliced as (
                select total.kpi_id, total.as_of_date, dimension.dim_type,
                    coalesce(total.numerator, 0) as numerator, coalesce(total.denominator, 0) as denominator
                from marts.kpi_results as total
                join dimension on dimension.kpi_id = total.kpi_id
                join intermediate.int_calendar__as_of_dates as day
                    on day.as_of_date = total.as_of_date and day.has_slices
                where total.dim_type = 'all' and total.status <> 'not_measurable'
            ),
            slices as (
                select kpi_id, as_of_date, dim_type, count(*) as slices,
                    sum(coalesce(numerator, 0)) as numerator, sum(coalesce(denominator, 0)) as denominator
                from marts.kpi_results where dim_type <> 'all' group by kpi_id, as_of_date, dim_type
            )
            select kpi_id,
                kpi_id || ' ' || as_of_date || ' by ' || dim_type || ': '
                || coalesce(slices.numerator, 0) || ' of ' || sliced.numerator || ', '
                || coalesce(slices.denominator, 0) || ' of ' || sliced.denominator as observed
            from sliced left join slices using (kpi_id, as_of_date, dim_type)
            where (
                kpi_id not in ({not_additive("numerator")})
                and abs(coalesce(slices.numerator, 0) - sliced.numerator) > 0.0000005 * (1 + coalesce(slices.slices, 0))
            ) or (
                kpi_id not in ({not_additive("denominator")})
                and abs(coalesce(slices.denominator, 0) - sliced.denominator)
                    > 0.0000005 * (1 + coalesce(slices.slices, 0))
            )
            """,
        ),
        Rule(
            "every_kpi_reported",
            "every KPI of the catalogue has a row for the newest day",
            f"""
            select catalog.kpi_id, catalog.kpi_id || ' has no row on ' || {NEWEST_DAY} as observed
            from staging.stg_policy__kpi_definitions as catalog
            where catalog.kpi_id not in (
                select kpi_id from marts.kpi_results where dim_type = 'all' and as_of_date = {NEWEST_DAY}
            )
            """,
        ),
        Rule(
            "day_not_back",
            "the newest day is not older than the one published",
            f"""
            select 'newest day is ' || {NEWEST_DAY} || ', published was ' || max(as_of_date) as observed
            from quality.kpi_result_log
            having max(as_of_date) > {NEWEST_DAY}
            """,
        ),
        Rule(
            "kpis_stay_measurable",
            "a KPI that was published with a value still has one",
            f"""
            select newest.kpi_id, newest.kpi_id || ' is ' || newest.status || ' on ' || newest.as_of_date || ', had '
                || published.value || ' on ' || published.as_of_date as observed
            from marts.kpi_results as newest
            join (
                select * from quality.kpi_result_log where dim_type = 'all'
                qualify row_number() over (partition by kpi_id order by as_of_date desc, refresh_id desc) = 1
            ) as published on published.kpi_id = newest.kpi_id
            where newest.dim_type = 'all' and newest.as_of_date = {NEWEST_DAY}
                and newest.status = 'not_measurable' and published.value is not null
            """,
        ),
        Rule(
            "kpi_jump",
            "a value is not far outside its own history",
            f"""
            select newest.kpi_id, newest.kpi_id || ' is ' || newest.value || ' on ' || newest.as_of_date
                || ', usual of the 90 days before is ' || history.usual as observed
            from marts.kpi_results as newest
            join (
                select kpi_id, median(value) as usual, mad(value) as deviation, count(*) as days
                from marts.kpi_results
                where dim_type = 'all' and value is not null
                    and as_of_date < {NEWEST_DAY} and as_of_date >= {NEWEST_DAY} - 90
                group by kpi_id
            ) as history on history.kpi_id = newest.kpi_id
            where newest.dim_type = 'all' and newest.as_of_date = {NEWEST_DAY} and history.days >= {HISTORY_DAYS}
                and abs(newest.value - history.usual) > {jump} * greatest(
                    {NORMAL} * history.deviation,
                    0.01 * case when newest.unit = 'rate' then 1 else abs(history.usual) end
                )
            """,
        ),
        Rule(
            "inventory_accuracy",
            "the register is accurate enough for the KPIs built on it to be trusted",
            f"""
            select 'hardware_asset' as feed,
                kpi_id || ' is ' || coalesce(cast(round(value, 4) as varchar), 'not known') || ' on '
                || as_of_date || ', ' || cast(policy.inventory_accuracy_gate as double) || ' is asked for' as observed
            from marts.kpi_results as accuracy
            cross join staging.stg_policy__kpi_policy as policy
            where dim_type = 'all' and as_of_date = {NEWEST_DAY} and (
                (kpi_id = 'inventory_accuracy_rate' and coalesce(value, 0) < policy.inventory_accuracy_gate)
                or (kpi_id = 'physical_accuracy_rate' and status = 'ok' and value < policy.inventory_accuracy_gate)
            )
            """,
        ),
    )


def _kpi_exceptions() -> tuple[Rule, ...]:
    """Work that is handed to people."""
    known = " union all ".join(
        f"select '{kind}' as entity_type, {key} as entity_id from marts.{table}"
        for kind, (table, key) in ENTITIES.items()
    )
    kinds = ", ".join(f"'{kind}'" for kind in ENTITIES)
    return (
        Rule(
            "exceptions_refer",
            "an exception is about a published KPI and something that a table knows",
            f"""
            select listed.kpi_id, listed.kpi_id || ' ' || listed.entity_type || ' ' || listed.entity_id as observed
            from (select * from {{batch}}) as listed
            left join (select kpi_id, as_of_date from marts.kpi_results where dim_type = 'all') as cell
                on cell.kpi_id = listed.kpi_id and cell.as_of_date = listed.as_of_date
            left join ({known}) as known
                on known.entity_type = listed.entity_type and known.entity_id = listed.entity_id
            where cell.kpi_id is null
                or (listed.change <> 'gone' and listed.entity_type in ({kinds}) and known.entity_id is null)
            """,
        ),
    )


def _tables(policy: GatePolicy) -> tuple[Rule, ...]:
    """Tables as a whole, against those that readers have now."""
    now = "(select table_name, estimated_size as row_count from duckdb_tables() where schema_name = 'marts')"
    share = policy.tolerance("tables_keep_size")
    return (
        Rule(
            "tables_keep_rows",
            "a published table that had rows has rows",
            f"""
            select table_name || ' is empty, had ' || published.row_count || ' rows' as observed
            from (select * from {{batch}}) as published left join {now} as now using (table_name)
            where published.row_count > 0 and coalesce(now.row_count, 0) = 0
            """,
        ),
        Rule(
            "tables_keep_size",
            "a published table keeps most of its rows",
            f"""
            select table_name || ' has ' || now.row_count || ' rows, had ' || published.row_count as observed
            from (select * from {{batch}}) as published join {now} as now using (table_name)
            where published.row_count >= 50 and now.row_count > 0 and now.row_count < {share} * published.row_count
            """,
        ),
        Rule(
            "unlimited_left_out",
            "a product with unlimited rights is in no licence position",
            """
            select product_key || ' on ' || as_of_date as observed
            from marts.fct_license_position where exclusion_reason is not null and required_rights is not null
            """,
        ),
    )

"""The gate: what must be true of built marts before anybody may read them.

Every check is one query that returns what is wrong as ``(feed, delivery, observed)``; no row means passed. A query that
cannot run is an error of ours and ends the refresh; it never counts as passed. Checks of one delivery alone are made
where it is landed, checks of keys and relations by dbt.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from itam.quality.ledger import CheckResult

# Parts whose slices do not add up to `all`, each with the reason.
PARTS_NOT_ADDITIVE = {
    ("budget_variance", "denominator"): "the absolute value of a sum; the signed budget is checked instead",
}


@dataclass(frozen=True)
class Check:
    """A rule of the gate."""

    check_id: str
    severity: str  # block: nothing is published; compromise: published and marked; warn: published and listed
    expected: str
    failures: str  # select feed, delivery, observed


def _sql_list(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{v}'" for v in values)


def _not_additive(part: str) -> str:
    return _sql_list(tuple(kpi for kpi, p in PARTS_NOT_ADDITIVE if p == part)) or "''"


_CELL = "kpi_id || ' ' || as_of_date || ' ' || dim_type || '=' || dim_value"

CHECKS = (
    Check(
        "unmapped_hardware_status",
        "block",
        "every status of a register row has a line in status_map",
        """
        select distinct
            'hardware_asset' as feed,
            '' as delivery,
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
    Check(
        "empty_estate",
        "block",
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
            '' as delivery,
            'no asset on ' || newest.as_of_date || ', up to ' || full_before.assets || ' before' as observed
        from newest, full_before
        where newest.is_alive and newest.assets = 0 and full_before.assets > 0
        """,
    ),
    Check(
        "reconciliation",
        "block",
        "everything that was delivered is accounted for, from the file to the published number",
        """
        select '' as feed, '' as delivery,
            rule || ', ' || subject || ': ' || expected || ' expected, ' || found || ' found'
            || case when explained <> 0 then ', ' || explained || ' explained' else '' end as observed
        from quality.reconciliation where difference <> 0
        """,
    ),
    Check(
        "finite_values",
        "block",
        "every published number is finite",
        f"""
        select '' as feed, '' as delivery, {_CELL} || ': ' || coalesce(value, coverage) as observed
        from marts.kpi_results
        where isnan(value) or isinf(value) or isnan(coverage) or isinf(coverage)
        """,
    ),
    Check(
        "value_in_range",
        "block",
        "values lie in the range that the KPI catalogue states, coverage between 0 and 1",
        f"""
        select '' as feed, '' as delivery,
            {_CELL} || ': ' || coalesce(numerator::varchar, 'null') || ' / ' || coalesce(denominator::varchar, 'null')
            || ', coverage ' || coalesce(coverage::varchar, 'null') as observed
        from marts.kpi_results as cell
        left join staging.stg_policy__kpi_definitions as catalog using (kpi_id)
        where (catalog.value_range = 'rate' and not (value between 0 and 1))
            or (catalog.value_range = 'nonnegative' and value < 0)
            or not (coverage between 0 and 1)
        """,
    ),
    Check(
        "slices_add_up",
        "block",
        "the slices of a dimension sum to `all`, numerator and denominator",
        f"""
        with
        dimension as (select distinct kpi_id, dim_type from marts.kpi_results where dim_type <> 'all'),
        sliced as (
            select total.kpi_id, total.as_of_date, dimension.dim_type,
                coalesce(total.numerator, 0) as numerator, coalesce(total.denominator, 0) as denominator
            from marts.kpi_results as total
            join dimension on dimension.kpi_id = total.kpi_id
            join intermediate.int_calendar__as_of_dates as day on day.as_of_date = total.as_of_date and day.has_slices
            where total.dim_type = 'all' and total.status <> 'not_measurable'
        ),
        slices as (
            select kpi_id, as_of_date, dim_type, count(*) as slices,
                sum(coalesce(numerator, 0)) as numerator, sum(coalesce(denominator, 0)) as denominator
            from marts.kpi_results where dim_type <> 'all' group by kpi_id, as_of_date, dim_type
        )
        select '' as feed, '' as delivery,
            kpi_id || ' ' || as_of_date || ' by ' || dim_type || ': '
            || coalesce(slices.numerator, 0) || ' of ' || sliced.numerator || ', '
            || coalesce(slices.denominator, 0) || ' of ' || sliced.denominator as observed
        from sliced left join slices using (kpi_id, as_of_date, dim_type)
        where (
            kpi_id not in ({_not_additive("numerator")})
            and abs(coalesce(slices.numerator, 0) - sliced.numerator) > 0.0000005 * (1 + coalesce(slices.slices, 0))
        ) or (
            kpi_id not in ({_not_additive("denominator")})
            and abs(coalesce(slices.denominator, 0) - sliced.denominator) > 0.0000005 * (1 + coalesce(slices.slices, 0))
        )
        """,
    ),
    Check(
        "inventory_accuracy",
        "compromise",
        "the register is accurate enough for the KPIs built on it to be trusted",
        """
        select 'hardware_asset' as feed, '' as delivery,
            count(*) || ' KPIs of ' || as_of_date || ' are built on a register that is not accurate enough' as observed
        from marts.kpi_results
        where dim_type = 'all' and trust = 'compromised'
            and as_of_date = (select max(as_of_date) from intermediate.int_calendar__as_of_dates)
        group by as_of_date
        """,
    ),
    Check(
        "delivery_accepted",
        "warn",
        "every delivery is accepted",
        """
        select feed, batch_id as delivery,
            reason as observed
        from raw.deliveries where status = 'quarantined'
        """,
    ),
)


def run(con: duckdb.DuckDBPyConnection, checks: tuple[Check, ...] = CHECKS) -> list[CheckResult]:
    """The results of all checks, one per check and delivery that fails, else one that says passed."""
    results = []
    for check in checks:
        failed = con.execute(
            f"select feed, delivery, count(*), min(observed) from ({check.failures}) group by all order by all"
        ).fetchall()
        for feed, delivery, count, observed in failed:
            text = observed if count == 1 else f"{observed} (and {count - 1} more)"
            results.append(
                CheckResult(check.check_id, check.severity, check.expected, "failed", text, delivery, feed or None)
            )
        if not failed:
            results.append(CheckResult(check.check_id, check.severity, check.expected, "passed", "nothing found"))
    return results

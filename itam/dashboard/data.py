"""What pages and reports read: rows of one published version, and of the report of the newest refresh.

Here: opening a version once and asking it. A version is the file that the link led to; everything on one page comes
from one of them, so that no picture is mixed. Not here: formulas (the marts have them; at most, published rows are
added up), and how anything looks.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from itam.home import Home
from itam.publishing.read import CONFIG, NothingPublishedError, open_status

Row = dict[str, Any]
Rows = list[Row]

REMEMBERED = 400
"""Answers that one version keeps; the oldest goes first."""
ROLES = {"cio": "CIO", "it_ops": "IT operations", "finance": "Finance and procurement"}


@dataclass
class Marts:
    """One published version, open for reading; answers are remembered, for a version never changes."""

    path: Path
    con: duckdb.DuckDBPyConnection = field(repr=False)
    _known: dict[tuple[str, str], Rows] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def version(self) -> str:
        """The refresh that published it."""
        return version_of(self.path)

    def rows(self, sql: str, **values: Any) -> Rows:
        """The rows of a query; callers leave them as they are."""
        key = sql, repr(sorted(values.items()))
        with self._lock:
            if key in self._known:
                return self._known[key]
        with self._cursor() as cursor:
            found = rows_of(cursor.execute(sql, values or None))
        with self._lock:
            while len(self._known) >= REMEMBERED:
                del self._known[next(iter(self._known))]
            self._known[key] = found
        return found

    def stream(self, sql: str, **values: Any) -> Iterator[tuple[Any, ...]]:
        """The rows of a long answer, which is not remembered."""
        with self._cursor() as cursor:
            cursor.execute(sql, values or None)
            while chunk := cursor.fetchmany(10_000):
                yield from chunk

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection of its own for one question; several people ask at once."""
        with closing(self.con.cursor()) as cursor:
            cursor.execute("use marts")
            yield cursor


def rows_of(cursor: duckdb.DuckDBPyConnection) -> Rows:
    """Everything a query found, by column name."""
    names = [d[0] for d in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def version_of(path: Path) -> str:
    """The refresh behind a version's file name."""
    return path.name.removeprefix("itam_").removesuffix(".duckdb")


def published_path(home: Home) -> Path | None:
    """Where the link leads now; none while nothing is published."""
    try:
        return home.link.resolve(strict=True)
    except OSError:
        return None


def open_version(path: Path) -> Marts:
    """Open one version, read-only, with everything else locked away."""
    con = duckdb.connect(str(path), read_only=True, config=dict(CONFIG))
    return Marts(path, con)


@contextmanager
def reading(home: Home) -> Iterator[Marts]:
    """The version that is published now, for one piece of work."""
    path = published_path(home)
    if path is None:
        raise NothingPublishedError(f"Nothing is published in {home.root} yet: run `itam refresh`.")
    marts = open_version(path)
    try:
        yield marts
    finally:
        marts.con.close()


# --- the report of the newest refresh --------------------------------------------------------------------------------

STATUS_QUERIES = {
    "runs": """
        select refresh_id, started_at, finished_at, as_of_date, outcome, step, reason
        from runs order by refresh_id desc limit 20
    """,
    "checks": """
        select check_id, feed, severity, decision, outcome, count(*) as findings, sum(failing_rows) as failing_rows,
            arg_max(expected, delivery) as expected, arg_max(observed, delivery) as observed,
            max(nullif(delivery, '')) as delivery, max(overridden_by) as overridden_by,
            max(override_reason) as override_reason
        from quality_gate_log where refresh_id = (select max(refresh_id) from quality_gate_log)
        group by check_id, feed, severity, decision, outcome
        order by case decision when 'block' then 1 when 'compromise' then 2 else 3 end, check_id, feed
    """,
    "freshness": """
        select feed, source_system, as_of_date, cadence_days, carry_days, newest_accepted_at, newest_delivered_at,
            freshness
        from feed_freshness
        order by case freshness when 'stale' then 1 when 'late' then 2 when 'fresh' then 3 else 4 end, feed,
            source_system
    """,
    "deliveries": """
        select source_system, feed, extracted_at, status, reason, rows_delivered, rows_accepted, rows_quarantined
        from deliveries order by extracted_at desc, feed, source_system limit 100
    """,
    "counts": """
        select count(*) as deliveries, sum(rows_delivered) as rows_delivered, sum(rows_accepted) as rows_accepted,
            sum(rows_quarantined) as rows_quarantined,
            count(*) filter (status <> 'accepted') as deliveries_set_aside
        from deliveries
    """,
    "quarantined": """
        select feed, source_system, column_name, reason, count(distinct batch_id) as deliveries, sum(rows) as rows,
            max(extracted_at) as newest_at, any_value(expected) as expected
        from quarantined_rows group by all order by newest_at desc, rows desc, feed, column_name limit 200
    """,
    "unmapped": """
        select seed, value, feed, column_name, sum(rows) as rows, any_value(seed_line) as seed_line
        from unmapped_values group by all order by rows desc, seed, value limit 200
    """,
    "reconciliation": """
        select rule, subject, expected, found, explained, difference, reasons from reconciliation
        where difference <> 0 order by rule, subject limit 200
    """,
}


@dataclass(frozen=True)
class Told:
    """The report of the newest refresh, read in one go."""

    parts: dict[str, Rows]

    def __getitem__(self, part: str) -> Rows:
        """The rows of one part; empty when the report does not have it."""
        return self.parts.get(part, [])

    @property
    def last(self) -> Row | None:
        """The newest refresh that has ended."""
        return next((run for run in self["runs"] if run["outcome"] != "running"), None)


def told(home: Home) -> Told:
    """Read the report; without one everything is empty."""
    try:
        con = open_status(home)
    except NothingPublishedError:
        return Told({})
    parts: dict[str, Rows] = {}
    with closing(con):
        for part, sql in STATUS_QUERIES.items():
            try:
                parts[part] = rows_of(con.execute(sql))
            except duckdb.CatalogException:  # the first refreshes do not have every table
                parts[part] = []
    return Told(parts)


def status_mark(home: Home) -> tuple[int, int] | None:
    """What changes whenever the report is replaced."""
    try:
        seen = home.status.stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_ino


# --- days and KPIs ---------------------------------------------------------------------------------------------------


def days(marts: Marts) -> list[date]:
    """Every published day, the newest first."""
    return [r["as_of_date"] for r in marts.rows("select distinct as_of_date from kpi_results order by as_of_date desc")]


def days_with_slices(marts: Marts) -> list[date]:
    """The newest day and the month ends, the newest first."""
    found = days(marts)
    return [d for d in found if d == found[0] or d == last_of_month(d)]


def last_of_month(day: date) -> date:
    """The last day of a day's month."""
    first_of_next = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return date.fromordinal(first_of_next.toordinal() - 1)


def catalog(marts: Marts) -> Rows:
    """Every KPI, by category and name."""
    return marts.rows("select * from kpi_catalog order by category, name")


def cards(marts: Marts, day: date, role: str | None = None) -> Rows:
    """The scorecard of a day: a role's KPIs, or the ten headlines."""
    return marts.rows(
        "select * from kpi_scorecard where as_of_date = $day and"
        " case when $role is null then tier = 'top_ten' else list_contains(str_split(roles, '|'), $role) end"
        " order by page_order, kpi_id",
        day=day,
        role=role,
    )


def card(marts: Marts, kpi_id: str, day: date) -> Row | None:
    """One KPI of a day."""
    found = marts.rows("select * from kpi_scorecard where kpi_id = $kpi and as_of_date = $day", kpi=kpi_id, day=day)
    return found[0] if found else None


def trend(marts: Marts, kpi_id: str, day: date, months: int = 13) -> Rows:
    """Month ends up to a day, and that day, with target and baseline band."""
    found = marts.rows(
        "select as_of_date, value, value_text, target, baseline_value, baseline_p10_value, baseline_p90_value,"
        " rag, status, trust from kpi_scorecard where kpi_id = $kpi and as_of_date <= $day"
        " and (as_of_date = last_day(as_of_date) or as_of_date = $day) order by as_of_date",
        kpi=kpi_id,
        day=day,
    )
    return found[-months:]


def daily(marts: Marts, kpi_id: str, day: date) -> Rows:
    """The ninety days up to a day."""
    return marts.rows(
        "select as_of_date, value, value_text, target, baseline_value, baseline_p10_value, baseline_p90_value,"
        " rag, status, trust from kpi_scorecard where kpi_id = $kpi and as_of_date between $day - 89 and $day"
        " order by as_of_date",
        kpi=kpi_id,
        day=day,
    )


def restatements(marts: Marts, kpi_id: str | None = None) -> Rows:
    """Numbers that are no longer what was first reported, of whole KPIs."""
    return marts.rows(
        "select r.*, c.name, c.unit from mart_restatements as r join kpi_catalog as c using (kpi_id)"
        " where dim_type = 'all' and ($kpi is null or kpi_id = $kpi)"
        " order by as_of_date desc, name",
        kpi=kpi_id,
    )


def restated_slices(marts: Marts) -> Rows:
    """How many slices changed, by KPI and day."""
    return marts.rows(
        "select kpi_id, as_of_date, count(*) as slices from mart_restatements where dim_type <> 'all'"
        " group by all order by as_of_date desc, kpi_id"
    )


def slices(marts: Marts, kpi_id: str, day: date, dim_type: str) -> Rows:
    """One dimension of a KPI on a day, the largest part first."""
    return marts.rows(
        "select dim_value, numerator, denominator, value, unit, coverage, status, rag, target, impact_amount,"
        " impact_currency, impact_statement from kpi_results where kpi_id = $kpi and as_of_date = $day"
        " and dim_type = $dim order by coalesce(denominator, numerator) desc, dim_value",
        kpi=kpi_id,
        day=day,
        dim=dim_type,
    )


def companions(marts: Marts, kpi_id: str, day: date) -> Rows:
    """The numbers beside a KPI, with what they mean."""
    return marts.rows(
        "select c.name, c.value, c.unit, k.description from kpi_companions as c"
        " join kpi_companion_catalog as k using (kpi_id, name)"
        " where kpi_id = $kpi and as_of_date = $day and dim_type = 'all' order by c.name",
        kpi=kpi_id,
        day=day,
    )


def companion(marts: Marts, kpi_id: str, day: date, *names: str) -> dict[str, float | None]:
    """Some of them by name; what is not published is missing."""
    return {r["name"]: r["value"] for r in companions(marts, kpi_id, day) if r["name"] in names}


def newest(marts: Marts) -> date:
    """D, the newest published day."""
    return days(marts)[0]


# --- exceptions ------------------------------------------------------------------------------------------------------

EXCEPTION_COLUMNS = (
    *("change", "severity", "entity_type", "entity_id", "reason", "detail", "suggested_action", "impact_amount"),
    *("impact_currency", "due_date", "first_seen_date", "owner_role", "asset_class", "department", "cost_center"),
    *("location", "manufacturer", "publisher", "product", "quantity"),
)
FILTERS = ("change", "severity", "reason", "asset_class", "department", "cost_center", "location", "publisher")
SORTS = {
    "money": "impact_amount desc nulls last",
    "due": "due_date nulls last",
    "severity": "case severity when 'critical' then 1 when 'high' then 2 when 'medium' then 3 else 4 end",
    "oldest": "first_seen_date",
    "newest": "first_seen_date desc",
}


def exceptions(
    marts: Marts, kpi_id: str, chosen: dict[str, str], sort: str, limit: int | None = 50, offset: int = 0
) -> Rows:
    """The members that fail a KPI on D, filtered and sorted; ``gone`` ones only when asked for."""
    where, values = _exception_filter(kpi_id, chosen)
    order = f"{SORTS.get(sort, SORTS['money'])}, entity_type, entity_id, reason_code"
    page = "" if limit is None else f" limit {int(limit)} offset {int(offset)}"
    return marts.rows(
        f"select {', '.join(EXCEPTION_COLUMNS)} from kpi_exceptions where {where} order by {order}{page}", **values
    )


def exception_count(marts: Marts, kpi_id: str, chosen: dict[str, str]) -> Row:
    """How many they are and what they put at stake."""
    where, values = _exception_filter(kpi_id, chosen)
    return marts.rows(
        "select count(*) as members, sum(impact_amount) as amount, any_value(impact_currency) as currency"
        f" from kpi_exceptions where {where}",
        **values,
    )[0]


def exception_values(marts: Marts, kpi_id: str) -> dict[str, list[str]]:
    """What can be chosen for each filter."""
    found: dict[str, list[str]] = {}
    for name in FILTERS:
        rows = marts.rows(
            f"select {name} as v, count(*) as n from kpi_exceptions where kpi_id = $kpi and {name} is not null"
            " group by all order by n desc, v limit 200",
            kpi=kpi_id,
        )
        if len(rows) > 1:
            found[name] = [r["v"] for r in rows]
    return found


def _exception_filter(kpi_id: str, chosen: dict[str, str]) -> tuple[str, dict[str, str]]:
    kept = {k: v for k, v in chosen.items() if k in FILTERS and v}
    where = ["kpi_id = $kpi", *(f"{k} = ${k}" for k in kept)]
    if "change" not in kept:
        where.append("change <> 'gone'")
    return " and ".join(where), {"kpi": kpi_id, **kept}


def work(marts: Marts, role: str, limit: int = 15) -> Rows:
    """What to do first in a role: reasons with most new, urgent and dear members."""
    return marts.rows(
        "select e.kpi_id, c.name, e.reason, e.suggested_action, e.severity, e.owner_role, count(*) as members,"
        " count(*) filter (e.change = 'new') as new_members, sum(e.impact_amount) as amount,"
        " any_value(e.impact_currency) as currency, min(e.due_date) as next_due"
        " from kpi_exceptions as e join kpi_catalog as c using (kpi_id)"
        " where e.change <> 'gone' and list_contains(str_split(c.roles, '|'), $role)"
        " group by e.kpi_id, c.name, e.reason, e.suggested_action, e.severity, e.owner_role"
        f" order by {SORTS['severity'].replace('severity', 'e.severity')}, amount desc nulls last, members desc, c.name"
        f" limit {int(limit)}",
        role=role,
    )


def changes(marts: Marts, since: date, day: date) -> Rows:
    """KPIs between two published days."""
    return marts.rows(
        "select n.kpi_id, n.name, n.unit, n.direction, n.value, n.value_text, n.rag, n.rag_letter, n.status,"
        " o.value as old_value, o.value_text as old_value_text, o.rag as old_rag, o.rag_letter as old_rag_letter,"
        " o.status as old_status, n.value - o.value as difference, n.impact_currency, n.roles, n.page_order"
        " from kpi_scorecard as n join kpi_scorecard as o on o.kpi_id = n.kpi_id and o.as_of_date = $since"
        " where n.as_of_date = $day order by n.page_order, n.kpi_id",
        since=since,
        day=day,
    )


def turnover(marts: Marts) -> Rows:
    """Exceptions that came and went since the day published before."""
    return marts.rows(
        "select e.kpi_id, c.name, count(*) filter (change = 'new') as new_members,"
        " count(*) filter (change = 'open') as open_members, count(*) filter (change = 'gone') as gone_members"
        " from kpi_exceptions as e join kpi_catalog as c using (kpi_id)"
        " group by all having new_members + gone_members > 0 order by new_members desc, c.name"
    )


# --- the home pages --------------------------------------------------------------------------------------------------


def value_at_stake(marts: Marts) -> Rows:
    """Money by what it is and kind, each dollar once."""
    return marts.rows(
        "select coalesce(what_it_is, stake) as what, kind, sum(amount) as amount, any_value(currency) as currency"
        " from mart_value_at_stake group by all having sum(amount) <> 0 order by amount desc, what"
    )


def value_by_kpi(marts: Marts) -> Rows:
    """The same money by the KPI that keeps it."""
    return marts.rows(
        "select v.kept_by_kpi_id as kpi_id, c.name, v.kind, sum(v.amount) as amount, any_value(v.currency) as currency"
        " from mart_value_at_stake as v join kpi_catalog as c on c.kpi_id = v.kept_by_kpi_id"
        " group by all having sum(v.amount) <> 0 order by amount desc, c.name"
    )


def heat_map(marts: Marts) -> Rows:
    """Risks by class."""
    return marts.rows("select * from mart_risk_heatmap order by asset_class, risk")


def refresh_wave(marts: Marts) -> Rows:
    """What has to be replaced when."""
    return marts.rows("select * from mart_refresh_wave order by refresh_month, asset_class, is_overdue")


def maturity(marts: Marts) -> Rows:
    """What is missing for each level."""
    return marts.rows("select * from mart_maturity order by maturity_level, is_met, name")


def locks(marts: Marts, day: date) -> Rows:
    """The levels of a day."""
    return marts.rows("select * from kpi_locks where as_of_date = $day order by maturity_level", day=day)


def asset_status(marts: Marts) -> Rows:
    """Assets of the register by status and class."""
    return marts.rows(
        "select coalesce(canonical_status, '(unmapped)') as status, asset_class, count(*) as assets from dim_asset"
        " where is_in_register group by all order by status, asset_class"
    )


def asset_age(marts: Marts) -> Rows:
    """Age buckets by class."""
    return marts.rows("select * from mart_asset_age order by asset_class, bucket_order")


def incident_queue(marts: Marts, limit: int = 15) -> Rows:
    """Open incidents, in the order of the queue."""
    return marts.rows(f"select * from mart_incident_queue order by queue_position limit {int(limit)}")


def incident_count(marts: Marts) -> int:
    """How many there are."""
    return int(marts.rows("select count(*) as n from mart_incident_queue")[0]["n"])


def patches(marts: Marts) -> Rows:
    """Patches by device class."""
    return marts.rows("select * from mart_patch_by_class order by device_count desc, asset_class")


def open_recoveries(marts: Marts, day: date, limit: int = 15) -> Rows:
    """What leavers still have, the longest overdue first; persons are pseudonyms."""
    return marts.rows(
        "select asset_key, asset_class, department, location, trigger_date, due_date, $day - due_date as days_late,"
        " substr(person_key, 1, 8) as holder from fct_recovery where recovery_status = 'open'"
        f" order by due_date, asset_key limit {int(limit)}",
        day=day,
    )


def renewals(marts: Marts) -> Rows:
    """The renewal calendar, the next deadline first."""
    return marts.rows(
        "select contract_id, contract_type, supplier, cost_center, product_names, decision_deadline_date, days_left,"
        " due_within, term_end_date, is_auto_renewed, is_reviewed, annual_value_base, base_currency, used_share,"
        " shelf_cost_base from mart_renewals where days_left >= 0 order by decision_deadline_date, contract_id"
    )


def missed_renewals(marts: Marts) -> Rows:
    """Deadlines that passed without a review."""
    return marts.rows(
        "select contract_id, supplier, decision_deadline_date, annual_value_base, base_currency from mart_renewals"
        " where days_left < 0 and not is_reviewed order by decision_deadline_date desc, contract_id"
    )


def vendors(marts: Marts, limit: int = 12) -> Rows:
    """Spend by vendor."""
    return marts.rows(f"select * from mart_vendor_spend order by spend_amount desc, vendor limit {int(limit)}")


def license_position(marts: Marts) -> Rows:
    """The effective licence position, what is dearest to mend first."""
    return marts.rows(
        "select publisher, product, metric, position, is_denied, owned_rights, required_rights, shortfall_rights,"
        " surplus_rights, used_rights, true_up_cost, over_licensed_cost, annual_cost, currency, next_renewal_date"
        " from mart_license_position order by coalesce(true_up_cost, 0) desc, coalesce(over_licensed_cost, 0) desc,"
        " product, publisher"
    )


def checks_of_feeds(marts: Marts, feeds: list[str]) -> Rows:
    """Checks of some feeds that did not pass in this version, deliveries of a check together."""
    return marts.rows(
        "select check_id, feed, count(*) as findings, arg_max(expected, delivery) as expected,"
        " arg_max(observed, delivery) as observed, any_value(decision) as decision from quality_gate_log"
        " where refresh_id = $id and outcome <> 'passed' and list_contains($feeds, feed)"
        " group by check_id, feed order by case any_value(decision) when 'block' then 1 when 'compromise' then 2"
        " else 3 end, check_id, feed",
        id=marts.version,
        feeds=feeds,
    )


def gate_of_version(marts: Marts) -> Rows:
    """What did not pass when this version was published."""
    return marts.rows(
        "select check_id, feed, delivery, severity, decision, outcome, expected, observed, failing_rows,"
        " overridden_by, override_reason, override_until from quality_gate_log where refresh_id = $id"
        " and outcome <> 'passed' order by check_id, delivery",
        id=marts.version,
    )


def gate_history(marts: Marts, limit: int = 30) -> Rows:
    """Checks by refresh."""
    return marts.rows(
        "select refresh_id, min(checked_at) as checked_at, count(*) as checks,"
        " count(*) filter (outcome <> 'passed') as not_passed,"
        " count(*) filter (outcome <> 'passed' and decision = 'block') as blocking,"
        " count(*) filter (overridden_by is not null and outcome <> 'passed') as accepted"
        f" from quality_gate_log group by all order by refresh_id desc limit {int(limit)}"
    )


def published_at(marts: Marts) -> datetime | None:
    """When this version was computed (UTC)."""
    found = marts.rows("select max(computed_at) as t from kpi_result_log where refresh_id = $id", id=marts.version)
    if found[0]["t"] is not None:
        return found[0]["t"]  # type: ignore[no-any-return]
    try:
        return datetime.strptime(marts.version[:15], "%Y%m%dT%H%M%S")
    except ValueError:
        return None

"""What is the case now: a state per KPI, feed, renewal, unwiped asset and pack of reports, of the gate, of refreshing.

Read from the published marts and the report of the last refresh, which hold no names. Not here: what was the case
before, and whether anybody is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb

from itam import cadence
from itam.cli.scorecard import money
from itam.dashboard.data import ROLES
from itam.home import Home
from itam.publishing.postgresql import COPY_FAILED
from itam.publishing.publish import sync
from itam.publishing.read import NothingPublishedError, open_marts, open_status
from itam.reports.shelf import newest_packs

TOP = 3
NOTICE_DAYS = (30, 60, 90)
"""A renewal is announced when so many days are left to decide."""
VIOLATION = "disposed_unsanitised"
GOOD = ("green", "none", "open", "well", "fresh")
FAILED_RUN = "failed_run.json"


@dataclass(frozen=True)
class State:
    """Something that may change, and what to say of it now."""

    key: str
    kind: str
    level: str
    owner_role: str
    name: str
    facts: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether nobody has to do anything."""
        return self.level in GOOD


def current(home: Home, now: datetime) -> dict[str, State]:
    """Everything that is known, by its key; ``now`` is the time in UTC."""
    found: list[State] = []
    for opened, read in ((open_status, _of_status), (open_marts, _of_marts)):
        try:
            with closing(opened(home)) as con:
                found += read(con, home, now)
        except NothingPublishedError:
            continue
    return {state.key: state for state in [*found, *_packs(home)]}


def _of_status(con: duckdb.DuckDBPyConnection, home: Home, now: datetime) -> list[State]:
    return [*_refresh(con, home), *_gate(con, home), *_feeds(con, home, now.date())]


def _of_marts(con: duckdb.DuckDBPyConnection, home: Home, now: datetime) -> list[State]:
    return [*_kpis(con), *_renewals(con, now.date()), *_sanitization(con)]


# --- refreshing and the gate -----------------------------------------------------------------------------------------


def note_failed_run(home: Home, run_id: str, why: str) -> None:
    """A run ended before the refresh could say anything: killed, or never begun."""
    folder = home.root / "alerts"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = folder / f".{FAILED_RUN}"
    said = {"at": datetime.now(UTC).isoformat(), "run": run_id, "why": " ".join(why.split())[:300]}
    fresh.write_text(json.dumps(said), encoding="utf-8")
    sync(fresh)
    fresh.replace(folder / FAILED_RUN)


def _refresh(con: duckdb.DuckDBPyConnection, home: Home) -> Iterable[State]:
    runs = _rows(con, "select * from runs where outcome <> 'running' order by refresh_id desc limit 1")
    for run in runs:
        level, why, where = run["outcome"], str(run["reason"]), f"log: {home.logs}"
        path = home.root / "alerts" / FAILED_RUN
        if path.exists():
            said = json.loads(path.read_text(encoding="utf-8"))
            finished_at = run["finished_at"].replace(tzinfo=UTC) if run["finished_at"] else None
            if finished_at is None or datetime.fromisoformat(said["at"]) > finished_at:
                level, why, where = "failed", said["why"], f"run {said['run']} in Dagster"
        facts = (f"Why: {why}", "Readers keep the last good marts.", f"Where to look: itam status; {where}")
        yield State("refresh", "refresh", "failed" if level == "failed" else "well", "itam", "Refresh", facts)
        if run["outcome"] == "published":
            level = "failed" if COPY_FAILED in run["reason"] else "well"
            told = (f"What happened: {run['reason']}", "What to do: itam publish, when the server answers.")
            yield State("copy", "refresh", level, "itam", "Copy to PostgreSQL", told)


def _gate(con: duckdb.DuckDBPyConnection, home: Home) -> Iterable[State]:
    decided = "select * from runs where outcome in ('published', 'blocked') order by refresh_id desc limit 1"
    for run in _rows(con, decided):
        if run["outcome"] == "published":
            yield State("gate", "gate", "open", "itam", "Gate", ("The marts are published again.",))
            continue
        checks = _rows(
            con,
            "select check_id, observed, failing_rows from quality_gate_log where refresh_id = ? and decision = 'block'"
            " and outcome <> 'passed' order by failing_rows desc, check_id",
            [run["refresh_id"]],
        )
        policy = cadence.policy_rows(home, "gate_policy", "check_id")
        owners = [policy[c].get("owner_role", "") for c in (_check(r) for r in checks) if c in policy]
        todo = [policy[c].get("what_to_do", "") for c in (_check(r) for r in checks) if c in policy]
        facts = (
            f"Not published since {run['started_at']:%Y-%m-%d %H:%M} UTC; readers keep the last good marts.",
            *(f"- {r['check_id']}: {r['observed']}" for r in checks[:TOP]),
            *([f"What to do: {todo[0]}"] if todo else []),
            f"Where to look: itam gate list; {home.root / 'reports' / 'quality'}/{run['refresh_id']}.html",
        )
        names = ",".join(sorted({r["check_id"] for r in checks}))
        yield State("gate", "gate", f"blocked by {names}", owners[0] if owners else "itam", "Gate", facts)


def _check(row: dict[str, Any]) -> str:
    return str(row["check_id"]).rpartition(".")[2]


# --- feeds -----------------------------------------------------------------------------------------------------------


def _feeds(con: duckdb.DuckDBPyConnection, home: Home, today: date) -> Iterable[State]:
    contracts = cadence.feed_cadences(home)
    needs: dict[str, list[str]] = {}
    for kpi, feed in _needs(home):
        needs.setdefault(feed, []).append(kpi)
    for row in _rows(con, "select * from feed_freshness where newest_accepted_at is not null"):
        contract = contracts[row["feed"]]
        newest = row["newest_accepted_at"].date()
        level = contract.freshness((today - newest).days)
        name = f"{row['source_system']}/{row['feed']}"
        kpis = needs.get(row["feed"], [])
        facts = (
            f"Newest accepted delivery: {row['newest_accepted_at']:%Y-%m-%d %H:%M} UTC,"
            f" {(today - newest).days} days ago; due every {contract.cadence_days}.",
            *(
                [f"After {contract.carry_days} days without one, {len(kpis)} KPIs cannot be measured."]
                if contract.carry_days is not None and kpis
                else []
            ),
            "What to do: ask the owner of the source; repair the export.",
            "Where to look: itam status",
        )
        yield State(f"feed:{name}", "feed", level, "itam", f"Feed {name}", facts)


def _needs(home: Home) -> list[tuple[str, str]]:
    rows = cadence.policy_lines(home, "kpi_needs")
    return sorted({(row["kpi_id"].strip(), row["feed"].strip()) for row in rows})


# --- KPIs, renewals, wiping ------------------------------------------------------------------------------------------

NEWEST = "(select max(as_of_date) from kpi_results)"


def _kpis(con: duckdb.DuckDBPyConnection) -> Iterable[State]:
    for row in _rows(con, f"select * from kpi_scorecard where as_of_date = {NEWEST} order by page_order"):
        level = "not_measurable" if row["status"] == "not_measurable" else str(row["rag"])
        facts = [
            f"Value {row['value_text'] or 'none'}, target {row['target_text'] or 'none'}, as of {row['as_of_date']}"
        ]
        if row["status"] != "ok" and row["reason"]:
            facts.append(str(row["reason"]))
        if row["impact_amount"]:
            facts.append(f"At stake: {money(row['impact_amount'], row['impact_currency'])}")
        if level in ("amber", "red"):
            facts += _top(con, row["kpi_id"], row["exceptions"])
        if row["suggested_action"]:
            facts.append(f"What to do: {row['suggested_action']}")
        facts.append(
            f"Where to look: itam query \"select * from kpi_exceptions where kpi_id = '{row['kpi_id']}'\";"
            f" docs/kpis/{row['kpi_id']}.md"
        )
        yield State(f"kpi:{row['kpi_id']}", "kpi", level, row["owner_role"], row["name"], tuple(facts))


def _top(con: duckdb.DuckDBPyConnection, kpi_id: str, count: int | None) -> list[str]:
    found = _rows(
        con,
        "select entity_type, entity_id, reason, impact_amount, impact_currency from kpi_exceptions"
        " where kpi_id = ? and change <> 'gone' order by impact_amount desc nulls last,"
        " case severity when 'critical' then 1 when 'high' then 2 when 'medium' then 3 else 4 end, entity_id limit ?",
        [kpi_id, TOP],
    )
    lines = [f"- {r['entity_type']} {r['entity_id']}: {r['reason']}{_worth(r)}" for r in found]
    return [f"Top {len(lines)} of {count or len(lines)} to do:", *lines] if lines else []


def _worth(row: dict[str, Any]) -> str:
    return f" ({money(row['impact_amount'], row['impact_currency'])})" if row["impact_amount"] else ""


def _renewals(con: duckdb.DuckDBPyConnection, today: date) -> Iterable[State]:
    rows = _rows(
        con,
        "select * from fct_renewals where decision_deadline_date >= ? and not is_reviewed and status = 'active'"
        " order by annual_value desc nulls last, renewal_key",
        [today],
    )
    for row in rows:
        left = (row["decision_deadline_date"] - today).days
        notice = next((days for days in NOTICE_DAYS if left <= days), None)
        if notice is None:
            continue
        renews = "renews by itself" if row["is_auto_renewed"] else "ends"
        fact = (
            f"- {row['supplier'] or 'unknown supplier'}, contract {row['contract_id']} ({row['contract_type']}):"
            f" decide by {row['decision_deadline_date']} ({left} days), {renews} {row['term_end_date'] or ''},"
            f" {money(row['annual_value'], row['currency']) or 'value unknown'} a year"
        )
        yield State(f"renewal:{row['renewal_key']}", "renewal", str(notice), "procurement", "Renewals", (fact,))


def _sanitization(con: duckdb.DuckDBPyConnection) -> Iterable[State]:
    rows = _rows(
        con,
        "select * from kpi_exceptions where kpi_id = 'data_sanitization_rate' and reason_code = ?"
        " and change <> 'gone' order by first_seen_date desc, entity_id",
        [VIOLATION],
    )
    for row in rows:
        place = ", ".join(str(row[c]) for c in ("asset_class", "department", "location") if row[c])
        fact = f"- {row['entity_type']} {row['entity_id']} ({place}), since {row['first_seen_date']}: {row['reason']}"
        key = f"sanitization:{row['entity_id']}"
        yield State(key, "sanitization", "violated", row["owner_role"], "Data wiping", (fact,))


# --- reports ---------------------------------------------------------------------------------------------------------


def _packs(home: Home) -> Iterable[State]:
    for pack in newest_packs(home):
        day = pack.day.isoformat()
        name = f"{ROLES[pack.role]}: {pack.period} report as of {day}"
        facts = (*pack.summary.strip().splitlines(), "", "Where to look:", *(f"- {file}" for file in pack.files))
        yield State(f"pack:{pack.period}:{pack.role}", "pack", day, pack.role, name, facts, pack.files)


def _rows(con: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
    """The rows of a query; a table that an older file does not have is empty."""
    try:
        cursor = con.execute(sql, parameters or [])
    except duckdb.CatalogException:
        return []
    names = [d[0] for d in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

"""``itam gate``: what did not pass, what followed from it, and what a person has decided about it."""

from __future__ import annotations

import getpass
from datetime import date, timedelta
from typing import Any

import duckdb
from rich.console import Console

from itam.cli.output import table
from itam.home import Home

SHOWN = 20
LONGEST_DAYS = 366
"""Nothing is accepted for longer: a year later somebody has to look again."""

QUERIES = {
    "failed": """
        select check_id, severity, outcome, decision, delivery, failing_rows, observed, overridden_by, override_until
        from quality_gate_log
        where refresh_id = (select max(refresh_id) from runs) and outcome <> 'passed'
        order by case decision when 'block' then 1 when 'compromise' then 2 else 3 end, check_id, delivery desc
    """,
    "decisions": """
        select check_id, delivery, decision, reason, decided_by, decided_at, valid_until
        from gate_decisions
        qualify row_number() over (partition by check_id, delivery order by decided_at desc) = 1
        order by valid_until desc, check_id
    """,
}


def collect(con: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, Any]]]:
    """The report for programs."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, sql in QUERIES.items():
        try:
            cursor = con.execute(sql)
        except duckdb.CatalogException:  # nothing has been checked yet
            found[name] = []
            continue
        columns = [d[0] for d in cursor.description]
        found[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return found


def show(out: Console, con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Print it."""
    found = collect(con)
    if not found["failed"]:
        out.print("Everything passed in the last refresh.", markup=False)
    else:
        checks = _by_check(found["failed"])
        title = f"Did not pass in the last refresh: {len(checks)} checks"
        _print(out, title, checks, ("decision", "check_id", "deliveries", "findings", "newest_delivery", "observed"))
    if found["decisions"]:
        _print(
            out,
            "Decisions",
            found["decisions"],
            ("decision", "check_id", "delivery", "valid_until", "decided_by", "reason"),
        )
    blocking = list(dict.fromkeys(r["check_id"] for r in found["failed"] if r["decision"] == "block"))
    for name in blocking:
        out.print(f"To publish all the same: itam gate accept {name} --reason … --until …", markup=False)
    pages = sorted((home.root / "reports" / "quality").glob("*.html"))
    if pages:
        out.print(f"What to do about it: {pages[-1]}", markup=False, soft_wrap=True)


def _by_check(failed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per check and decision, with the newest delivery it speaks of."""
    checks: dict[tuple[str, str], dict[str, Any]] = {}
    for row in failed:
        when = row["delivery"].rpartition("/")[2]
        known = checks.setdefault(
            (row["decision"], row["check_id"]),
            {**row, "deliveries": 0, "findings": 0, "newest_delivery": row["delivery"]},
        )
        known["deliveries"] += bool(row["delivery"])
        known["findings"] += row["failing_rows"] or 0
        if when > known["newest_delivery"].rpartition("/")[2]:
            known.update(newest_delivery=row["delivery"], observed=row["observed"])
    return list(checks.values())


def _print(out: Console, title: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    made = table(out, columns, title=title, numbers=("deliveries", "findings"))
    for row in rows[:SHOWN]:
        made.add_row(*("" if row[c] is None else str(row[c]).replace("[", "\\[") for c in columns))
    out.print(made)
    if len(rows) > SHOWN:
        out.print(f"... and {len(rows) - SHOWN} more: itam gate list --json", markup=False)


def write_docs(home: Home) -> str:
    """Hold the warehouse as it stands against all suites and write the library's own pages."""
    from itam.feeds import load_feeds
    from itam.quality import arrival, departure, gate, report
    from itam.quality import policy as gate_policy
    from itam.refresh import only_writer, warehouse

    docs = report.data_docs_path(home)
    with only_writer(home):
        with warehouse(home) as con:
            policy = gate_policy.load(con)
            pending = gate.pending_feeds(con)
            suites = arrival.suites(load_feeds(), pending, policy, gate_policy.base_currency(con))
        crashes = [f for f in gate.Inspection(home, [*suites, *departure.suites(policy)], docs).findings() if f.crash]
    if crashes:
        return f"{docs} (not made: {', '.join(sorted({f.check_id for f in crashes}))}: {crashes[0].crash})"
    return f"{docs}: one page per suite; the pages load styles from the internet"


def decide(
    home: Home, decision: str, check: str, delivery: str, reason: str, until: date | None, by: str | None
) -> str:
    """Record a decision and say what happens next."""
    from itam.publishing import status
    from itam.quality import decisions, gate, ledger
    from itam.quality import policy as gate_policy
    from itam.refresh import only_writer, utc_now, warehouse

    now = utc_now()
    last = now.date() + timedelta(days=LONGEST_DAYS)
    made = decisions.Decision(
        now, decision, check, delivery, reason.strip(), (by or getpass.getuser()).strip(), until or last
    )
    if made.valid_until > last:
        raise gate.DecisionError(f"nothing is decided for longer than a year: --until {last} at most")
    if made.valid_until < now.date():
        raise gate.DecisionError(f"{made.valid_until} is past: --until must be today or later")
    with only_writer(home):
        with warehouse(home) as con:
            ledger.create(con, home.link, home.status)
            gate.verify(made, gate_policy.load(con))
            decisions.record(con, made)
        status.write(home)
    what = {"accept": "is accepted", "reject": "is not published"}[decision]
    where = f" in {delivery}" if delivery else ""
    return f"What {check} finds{where} {what} until {made.valid_until} ({made.decided_by}). Now: itam refresh"

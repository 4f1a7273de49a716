"""``itam status``: what the last refresh did, what is late, blocked or quarantined, and where to look."""

from __future__ import annotations

from typing import Any

import duckdb
from rich.console import Console

from itam.cli.output import table
from itam.home import Home
from itam.quality import report

SHOWN = 10

QUERIES = {
    "runs": """
        select refresh_id, started_at, finished_at, as_of_date, outcome, step, reason
        from runs order by refresh_id desc limit 5
    """,
    "checks": """
        select check_id, severity, outcome, delivery, observed, overridden_by as accepted_by from quality_gate_log
        where refresh_id = (select max(refresh_id) from quality_gate_log) and outcome <> 'passed'
        order by
            case severity when 'block' then 1 when 'compromise' then 2 else 3 end,
            check_id,
            split_part(delivery, '/', 3) desc,
            delivery
    """,
    "late": """
        select feed, source_system, newest_accepted_at, cadence_days, carry_days, freshness from feed_freshness
        where freshness in ('late', 'stale') order by freshness desc, feed, source_system
    """,
    "missing": "select distinct feed from feed_freshness where freshness = 'missing' order by feed",
    "quarantined": """
        select feed, source_system, extracted_at, file, column_name, reason, rows, example_row_number
        from quarantined_rows order by extracted_at desc, rows desc
    """,
    "kept": "select sum(file_count) as files, sum(kept_bytes) as bytes from kept_files",
    "unmapped": "select count(*) as values, sum(rows) as rows from unmapped_values",
}


def collect(con: duckdb.DuckDBPyConnection) -> dict[str, list[dict[str, Any]]]:
    """The rows of each section; a table that does not exist yet is empty."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, sql in QUERIES.items():
        try:
            cursor = con.execute(sql)
        except duckdb.CatalogException:
            found[name] = []
            continue
        columns = [d[0] for d in cursor.description or []]
        found[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return found


def as_json(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The report for programs."""
    return collect(con)


def show(out: Console, con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Print it, the newest refresh first."""
    found = collect(con)
    for run in found["runs"][:1]:
        took = f", {(run['finished_at'] - run['started_at']).total_seconds():.0f} s" if run["finished_at"] else ""
        say(
            out,
            f"Last refresh: {run['outcome']} ({run['started_at']:%Y-%m-%d %H:%M} UTC{took}, as of {run['as_of_date']})",
        )
        say(out, f"  {run['reason']}")
    served = [r for r in found["runs"] if r["outcome"] == "published"]
    if found["runs"] and found["runs"][0]["outcome"] != "published":
        text = (
            f"as of {served[0]['as_of_date']}, from {served[0]['started_at']:%Y-%m-%d %H:%M} UTC"
            if served
            else "nothing yet"
        )
        say(out, f"Readers still get: {text}" if served or home.link.exists() else "Readers get: nothing yet")
    section(
        out,
        "Checks that did not pass",
        found["checks"],
        ("severity", "check_id", "delivery", "observed", "accepted_by"),
    )
    section(
        out, "Late feeds", found["late"], ("feed", "source_system", "newest_accepted_at", "freshness", "carry_days")
    )
    if found["missing"]:
        say(out, "")
        say(out, "Never delivered: " + ", ".join(r["feed"] for r in found["missing"]))
    section(
        out,
        "Rows in quarantine",
        found["quarantined"],
        ("feed", "source_system", "extracted_at", "column_name", "reason", "rows", "example_row_number"),
    )
    for row in found["unmapped"]:
        if row["values"]:
            say(out, "")
            say(out, f"Values no policy knows: {row['values']} in {row['rows']} rows: itam unmapped")
    for row in found["kept"]:
        if row["files"]:
            say(out, "")
            size, place = f"{row['bytes'] / 1024**2:,.1f} MiB", home.root / "deliveries"
            say(out, f"Kept deliveries: {row['files']:,} files, {size}, in {place} (settings.yml: retention)")
    say(out, "")
    page = report.path(home, found["runs"][0]["refresh_id"]) if found["runs"] else None
    if page is not None and page.exists():
        say(out, f"What arrived, what failed, what to do: {page}")
    say(
        out,
        f"More: itam gate list, itam quarantine list, {home.status} (schema quality), logs in {home.logs}",
    )


def section(out: Console, title: str, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    """One list, cut where it gets long."""
    if not rows:
        return
    say(out, "")
    made = table(out, columns, title=f"{title}: {len(rows)}", numbers=("rows", "carry_days", "example_row_number"))
    for row in rows[:SHOWN]:
        made.add_row(*("" if row[c] is None else str(row[c]).replace("[", "\\[") for c in columns))
    out.print(made)
    if len(rows) > SHOWN:
        say(out, f"... and {len(rows) - SHOWN} more")


def say(out: Console, text: str) -> None:
    """A line as it is."""
    out.print(text, markup=False, soft_wrap=True)

"""``itam quarantine``: what was set aside, and how it gets in after all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console

from itam.cli.output import table
from itam.home import Home

SHOWN = 40
COLUMNS = ("delivery", "column_name", "reason", "rows", "first_row")

WAITING = """
select batch_id as delivery, feed, column_name, reason, rows, example_row_number as first_row, extracted_at
from quarantined_rows
union all
select batch_id, feed, '(all of it)', reason, rows_delivered, null, extracted_at
from deliveries where status = 'quarantined'
order by extracted_at desc nulls last, delivery, rows desc
"""


def collect(con: duckdb.DuckDBPyConnection, feed: str | None) -> list[dict[str, Any]]:
    """What waits, by delivery, column and reason."""
    try:
        cursor = con.execute(WAITING)
    except duckdb.CatalogException:  # nothing has been landed yet
        return []
    columns = [d[0] for d in cursor.description]
    found = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    return [row for row in found if feed in (None, row["feed"])]


def show(out: Console, found: list[dict[str, Any]]) -> None:
    """Print it."""
    if not found:
        out.print("Nothing is in quarantine.", markup=False)
        return
    made = table(out, COLUMNS, title=f"In quarantine: {len(found)}", numbers=("rows", "first_row"))
    for row in found[:SHOWN]:
        made.add_row(*("" if row[c] is None else str(row[c]).replace("[", "\\[") for c in COLUMNS))
    out.print(made)
    if len(found) > SHOWN:
        out.print(f"... and {len(found) - SHOWN} more: itam quarantine list --json", markup=False)
    out.print("Look: itam quarantine show DELIVERY. Correct: itam quarantine export DELIVERY", markup=False)


def show_rows(out: Console, home: Home, delivery: str, limit: int) -> None:
    """Print the rows of one delivery: what is wrong, then the record."""
    from itam.quality import quarantine
    from itam.refresh import warehouse

    with warehouse(home) as con:
        found = quarantine.rows(con, delivery)
    for row in found[:limit]:
        out.print(
            f"{row.file}, row {row.row_number}: {row.column} = {row.value!r}, expected {row.expected}: {row.reason}",
            markup=False,
            soft_wrap=True,
        )
        filled = {k: v for k, v in row.record.items() if v is not None}
        out.print("    " + ", ".join(f"{k}={v}" for k, v in filled.items()), markup=False, soft_wrap=True)
    if len(found) > limit:
        out.print(f"... and {len(found) - limit} more: itam quarantine export {delivery}", markup=False)


def export(home: Home, delivery: str, to: Path | None) -> str:
    """Write the rows of one delivery to be corrected, and say where the corrected file goes."""
    from itam.quality import quarantine
    from itam.refresh import warehouse

    with warehouse(home) as con:
        found = quarantine.rows(con, delivery)
        (names,) = con.execute("select file_names from raw.deliveries where batch_id = ?", [delivery]).fetchall()[0]
    target = to or home.root / "quarantine" / f"{delivery}.fix.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    quarantine.export(found, delivery, target)
    place = quarantine.place(home, delivery, names or "")
    how = f"gzip -c {target} > {place}" if place.suffix == ".gz" else f"cp {target} {place}"
    return (
        f"{len(found)} rows in {target}\nCorrect them, then: {how}\nThey join their delivery in the next itam refresh."
    )

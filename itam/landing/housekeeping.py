"""Files after the fact: kept files that are too old, and the CSVs of what was set aside.

Here: what lies in ``deliveries/`` and ``quarantine/`` after a run. Not here: the move of a delivered file to its kept
place (``inbox.py``).
"""

import csv
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

from itam import spreadsheet
from itam.landing import inbox
from itam.landing.inputs import Inputs
from itam.landing.ledger import Ledger


def quarantine_path(home: Path, batch: str) -> Path:
    """Where a person finds what was set aside of a delivery."""
    return home / "quarantine" / f"{batch}.csv"


def retire(ledger: Ledger, inputs: Inputs) -> None:
    """Remove kept files that are older than the retention of their feed, and tell what the others weigh."""
    sizes: dict[tuple[str, str], list[int]] = defaultdict(list)
    for file in inbox.kept(ledger.home, inputs.feeds):
        days = inputs.settings.retention.days(file.feed)
        if days is not None and file.extracted_at < inbox.now() - timedelta(days=days):
            file.path.unlink()
        else:
            sizes[file.source_system, file.feed].append(file.path.stat().st_size)
    with ledger.transaction():
        ledger.connection.execute("delete from raw.kept_files")
        ledger.insert("raw.kept_files", [(*place, len(found), sum(found)) for place, found in sorted(sizes.items())])


def write_quarantine(ledger: Ledger) -> None:
    """One CSV per delivery with rows set aside, or set aside as a whole."""
    for batch, reason in ledger.connection.execute(
        "select batch_id, reason from raw.deliveries "
        "where extracted_at is not null and (status = 'quarantined' or rows_quarantined > 0)"
    ).fetchall():
        path = quarantine_path(ledger.home, batch)
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = ledger.connection.execute(
            "select file, row_number, column_name, value, expected, reason, payload from raw.quarantined_rows "
            "where batch_id = ? order by file, row_number",
            [batch],
        ).fetchall()
        unfinished = path.with_name(f".{path.name}.part")
        with unfinished.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(["file", "row_number", "column", "value", "expected", "reason", "record"])
            spreadsheet.write_rows(writer, [(None, None, None, None, None, reason, None)] if reason else rows)
        unfinished.replace(path)

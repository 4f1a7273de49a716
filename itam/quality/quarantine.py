"""Rows and deliveries that wait in quarantine: look at them, take them out to correct them.

They hold what was delivered, persons included, so they are read from the warehouse, by whoever may open it. Not here:
why a row is set aside, which landing decides.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from itam import spreadsheet
from itam.feeds import load_feeds
from itam.home import Home


class NoSuchDeliveryError(Exception):
    """Nothing of that name is in quarantine."""


@dataclass(frozen=True)
class SetAside:
    """One row in quarantine."""

    file: str
    row_number: int
    column: str
    value: str | None
    expected: str
    reason: str
    record: dict[str, Any]


def rows(con: duckdb.DuckDBPyConnection, delivery: str) -> list[SetAside]:
    """The rows of a delivery that wait, in the order of its files."""
    found = con.execute(
        "select file, row_number, column_name, value, expected, reason, payload from raw.quarantined_rows"
        " where batch_id = ? order by file, row_number",
        [delivery],
    ).fetchall()
    if not found:
        whole = con.execute(
            "select reason from raw.deliveries where batch_id = ? and status = 'quarantined'", [delivery]
        ).fetchall()
        if whole:
            raise NoSuchDeliveryError(f"All of {delivery} is set aside: {whole[0][0]}")
        raise NoSuchDeliveryError(f"Nothing of '{delivery}' is in quarantine: itam quarantine list")
    return [
        SetAside(file, number, column, value, expected, reason, _record(payload))
        for file, number, column, value, expected, reason, payload in found
    ]


def _record(payload: str | None) -> dict[str, Any]:
    record = json.loads(payload) if payload else {}
    return {name: value for name, value in record.items() if name != "staged_row"}


def export(found: list[SetAside], delivery: str, target: Path) -> None:
    """The records as a CSV with the columns of their feed, which can be corrected and delivered again."""
    feed = load_feeds().get(delivery.split("/")[1]) if delivery.count("/") == 2 else None
    declared = [column.name for column in feed.columns] if feed else []
    others = sorted({name for row in found for name in row.record} - set(declared))
    columns = [name for name in [*declared, *others] if any(name in row.record for row in found)]
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        spreadsheet.write_rows(writer, [columns])
        spreadsheet.write_rows(writer, ([row.record.get(name) for name in columns] for row in found))


def place(home: Home, delivery: str, file_names: str) -> Path:
    """Where a corrected file goes: a second file of the same delivery, which is united with the first."""
    source, feed, extracted_at = delivery.split("/")
    taken = {name.strip() for name in file_names.split(",")}
    extension = "csv.gz" if f"{extracted_at}.csv" in taken else "csv"
    return home.landing / source / feed / f"{extracted_at}.{extension}"

"""Deliveries that landing has taken in, and what the gate finds in them. No dbt: arrival comes before it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from itam.feeds import load_feeds
from itam.home import Home
from itam.landing import land
from itam.quality import arrival, gate, gx, ledger
from itam.quality import policy as gate_policy
from itam.quality.suites import Finding

Row = dict[str, Any]


class Door:
    """Deliveries in, findings out."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.home.create()

    def deliver(self, source: str, feed: str, extracted_at: str, rows: list[Row]) -> None:
        """Put a list into the landing folder."""
        path = self.home.landing / source / feed / f"{extracted_at}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def land(self) -> None:
        """Take in what was delivered and note what came."""
        land(self.home.root)
        with self.warehouse() as con:
            ledger.create(con, self.home.link)
            ledger.record_arrivals(con, "r1")

    def warehouse(self) -> duckdb.DuckDBPyConnection:
        """The warehouse."""
        return duckdb.connect(str(self.home.warehouse))

    def findings(self) -> list[Finding]:
        """What the suites of the pending feeds come to."""
        with self.warehouse() as con:
            pending = gate.pending_feeds(con)
            suites = arrival.suites(load_feeds(), pending, gate_policy.load(con), gate_policy.base_currency(con))
        return gx.inspect(self.home.warehouse, suites, {"threads": 1})

    def failed(self) -> dict[str, list[str]]:
        """What did not pass: deliveries by the name of the check."""
        found: dict[str, list[str]] = {}
        for finding in self.findings():
            assert not finding.crash, finding
            if finding.failing_rows:
                found.setdefault(gate.name_of(finding), []).append(finding.delivery)
        return found


@pytest.fixture
def door(tmp_path: Path) -> Door:
    """A home of its own."""
    return Door(tmp_path / "home")

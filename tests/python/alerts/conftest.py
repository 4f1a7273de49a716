"""A home as a refresh leaves it, written by hand: what was published, and what the last refresh said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from itam import alerts
from itam.alerts.messages import Message
from itam.home import Home

NOON = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)  # a Tuesday

STATUS = """
create schema quality;
create table quality.runs (
    refresh_id varchar, started_at timestamp, finished_at timestamp, as_of_date date, outcome varchar, reason varchar
);
create table quality.quality_gate_log (
    refresh_id varchar, check_id varchar, observed varchar, failing_rows bigint, decision varchar, outcome varchar
);
create table quality.feed_freshness (feed varchar, source_system varchar, newest_accepted_at timestamp);
"""
MARTS = """
create schema marts;
create table marts.kpi_results (as_of_date date);
create table marts.kpi_scorecard (
    kpi_id varchar, as_of_date date, page_order bigint, name varchar, status varchar, reason varchar, rag varchar,
    value_text varchar, target_text varchar, impact_amount decimal(18, 2), impact_currency varchar,
    exceptions bigint, suggested_action varchar, owner_role varchar
);
create table marts.kpi_exceptions (
    kpi_id varchar, entity_type varchar, entity_id varchar, reason_code varchar, reason varchar, severity varchar,
    impact_amount decimal(18, 2), impact_currency varchar, change varchar, first_seen_date date, owner_role varchar,
    asset_class varchar, department varchar, location varchar
);
create table marts.fct_renewals (
    renewal_key varchar, contract_id varchar, contract_type varchar, supplier varchar, status varchar,
    decision_deadline_date date, term_end_date date, is_reviewed boolean, is_auto_renewed boolean,
    annual_value decimal(18, 2), currency varchar
);
"""


def write(path: Path, text: str) -> None:
    """A file that its owner alone may read."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)


class World:
    """What is the case, to be changed by a test; and who was told."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.outcome, self.reason, self.blocking = "published", "as of 2026-06-30", list[str]()
        self.rag: dict[str, tuple[str, str]] = {"patch_compliance_rate": ("green", "security")}
        self.newest: dict[str, str] = {"person": "2026-06-30 01:00"}
        self.deadlines: dict[str, str] = {}
        self.unwiped: list[str] = []
        self.sent: list[tuple[str, Message]] = []
        self.takes = True
        self.refreshes = 0
        self.alerts(routes={"default": ["json://everybody"]})

    def alerts(self, **said: Any) -> None:
        """Write alerts.yml."""
        write(self.home.root / "alerts.yml", yaml.safe_dump(said))

    def refresh(self) -> None:
        """Write what a refresh would leave."""
        self.refreshes += 1
        refresh_id = f"r{self.refreshes:03}"
        self.home.create()
        for file, sql in ((self.home.status, STATUS), (self.home.link, MARTS)):
            file.unlink(missing_ok=True)
            with duckdb.connect(str(file)) as con:
                con.execute(sql)
                if file == self.home.status:
                    self._status(con, refresh_id)
                else:
                    self._marts(con)

    def _status(self, con: duckdb.DuckDBPyConnection, refresh_id: str) -> None:
        con.execute(
            "insert into quality.runs values (?, '2026-06-30 11:00', '2026-06-30 11:01', '2026-06-30', ?, ?)",
            [refresh_id, self.outcome, self.reason],
        )
        for check in self.blocking:
            con.execute(
                "insert into quality.quality_gate_log values (?, ?, 'rate is 1.5', 3, 'block', 'failed')",
                [refresh_id, check],
            )
        for feed, at in self.newest.items():
            con.execute("insert into quality.feed_freshness values (?, 'workday', ?)", [feed, at])

    def _marts(self, con: duckdb.DuckDBPyConnection) -> None:
        con.execute("insert into marts.kpi_results values ('2026-06-30')")
        for order, (kpi, (rag, owner)) in enumerate(self.rag.items()):
            status = "not_measurable" if rag == "not_measurable" else "ok"
            con.execute(
                "insert into marts.kpi_scorecard values (?, '2026-06-30', ?, ?, ?, ?, ?, '88.2 %', '95.0 %', 12300,"
                " 'USD', 29, 'Patch them.', ?)",
                [kpi, order, kpi.replace("_", " ").capitalize(), status, None, rag, owner],
            )
            for n in range(4):
                con.execute(
                    "insert into marts.kpi_exceptions values (?, 'device', ?, 'x', 'A due patch is missing.', 'high',"
                    " ?, 'USD', 'open', '2026-06-01', ?, 'laptop', 'Sales', 'Berlin')",
                    [kpi, f"d{n}", 100 * n, owner],
                )
        for contract, deadline in self.deadlines.items():
            con.execute(
                "insert into marts.fct_renewals"
                " values (?, ?, 'saas', 'Acme', 'active', ?, ?, false, true, 5000, 'USD')",
                [contract, contract, deadline, deadline],
            )
        for asset in self.unwiped:
            con.execute(
                "insert into marts.kpi_exceptions values ('data_sanitization_rate', 'asset', ?, 'disposed_unsanitised',"
                " 'Out of our hands without a record.', 'critical', null, null, 'new', '2026-06-29', 'security',"
                " 'laptop', 'Sales', 'Berlin')",
                [asset],
            )

    def tell(self, now: datetime = NOON) -> list[str]:
        """Tell, and keep what was sent; the titles of this time."""

        def send(address: str, message: Message) -> bool:
            if self.takes:
                self.sent.append((address, message))
            return self.takes

        self.refresh()
        before = len(self.sent)
        alerts.tell(self.home, now, send)
        return [message.title.removeprefix("[ITAM] ") for _, message in self.sent[before:]]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A home where all is well, and everybody was told so (that is: nothing)."""
    home = Home(tmp_path / "home")
    home.create()
    made = World(home)
    assert made.tell() == []
    return made

"""What a failed check means: ``seeds/gate_policy.csv`` with the organisation's rows over it.

Here: reading it as landing has taken it in, before any model is built. Not here: what is checked.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

import duckdb

from itam.home import PROJECT_DIR

SEED = PROJECT_DIR / "seeds" / "gate_policy.csv"
SEVERITIES = ("block", "compromise", "warn")


class GatePolicyError(Exception):
    """The policy of the gate is wrong; the message is one sentence for the person who wrote it."""


@dataclass(frozen=True)
class Meaning:
    """What it means when a check fails."""

    severity: str
    tolerance: Decimal | None
    owner_role: str
    reason: str
    what_to_do: str


class GatePolicy:
    """The meaning of every check."""

    def __init__(self, rows: list[dict[str, str]]) -> None:
        self._rows: dict[tuple[str, str], Meaning] = {}
        for row in rows:
            self._rows[row["check_id"].strip(), row["feed"].strip()] = _meaning(row)

    @property
    def check_ids(self) -> set[str]:
        """All checks that somebody can speak of."""
        return {check_id for check_id, _ in self._rows}

    def of(self, check_id: str, feed: str = "") -> Meaning:
        """The row for the feed, else the one for every feed."""
        found = self._rows.get((check_id, feed)) or self._rows.get((check_id, ""))
        if found is None:
            raise GatePolicyError(f"gate_policy.csv has no row for the check '{check_id}'")
        return found

    def tolerance(self, check_id: str, feed: str = "") -> Decimal:
        """How much the check lets pass."""
        tolerance = self.of(check_id, feed).tolerance
        if tolerance is None:
            raise GatePolicyError(f"gate_policy.csv: '{check_id}' needs a tolerance")
        return tolerance


def _meaning(row: dict[str, str]) -> Meaning:
    check, severity, tolerance = row["check_id"], row["severity"].strip(), row["tolerance"].strip()
    if severity not in SEVERITIES:
        raise GatePolicyError(f"gate_policy.csv: severity of '{check}' is '{severity}', not {' or '.join(SEVERITIES)}")
    try:
        number = Decimal(tolerance) if tolerance else None
    except InvalidOperation:
        raise GatePolicyError(f"gate_policy.csv: tolerance of '{check}' is '{tolerance}', not a number") from None
    if number is not None and not number.is_finite():
        raise GatePolicyError(f"gate_policy.csv: tolerance of '{check}' is '{tolerance}', not a number")
    return Meaning(severity, number, row["owner_role"], row["reason"], row["what_to_do"])


def load(con: duckdb.DuckDBPyConnection | None, seed: Path = SEED) -> GatePolicy:
    """The seed, and the organisation's rows as landing has taken them in, which replace those of the same key."""
    with seed.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    known = {row["check_id"] for row in rows}
    own = _landed(con, "gate_policy") if con is not None else []
    for row in own:
        if row["check_id"] not in known:
            raise GatePolicyError(f"policy/gate_policy.csv: no check is called '{row['check_id']}'")
    return GatePolicy([*rows, *own])


def base_currency(con: duckdb.DuckDBPyConnection) -> str:
    """The currency that money is told in, as landing has it from the settings."""
    stated = [row["value"] for row in _landed(con, "kpi_policy") if row["name"] == "base_currency"]
    return stated[-1] if stated and re.fullmatch("[A-Z]{3}", stated[-1]) else "USD"


def _landed(con: duckdb.DuckDBPyConnection, seed: str) -> list[dict[str, str]]:
    """The organisation's rows of a seed, in their order."""
    there = con.execute(
        "select 1 from duckdb_tables() where schema_name = 'raw' and table_name = ?", [f"policy_{seed}"]
    ).fetchall()
    if not there:  # a warehouse that nothing has been landed in yet
        return []
    cursor = con.execute(f"select * exclude (position) from raw.policy_{seed} order by position")
    names = [d[0] for d in cursor.description]
    return [{n: (v or "").strip() for n, v in zip(names, row, strict=True)} for row in cursor.fetchall()]

"""What a person has decided about a check: accept what it found, or reject it. Recorded for good, in force until a day.

Here: the record of decisions and which one counts. Not here: who is told (``report``, the commands).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import duckdb

ACCEPT, REJECT = "accept", "reject"


@dataclass(frozen=True)
class Decision:
    """Somebody's word on a check; of one delivery, or of all ('')."""

    decided_at: datetime
    decision: str
    check_id: str
    delivery: str
    reason: str
    decided_by: str
    valid_until: date


class Decisions:
    """The decisions that are in force on a day."""

    def __init__(self, all_decisions: list[Decision], today: date) -> None:
        newest = {(d.check_id, d.delivery): d for d in sorted(all_decisions, key=lambda d: d.decided_at)}
        self._in_force = {key: d for key, d in newest.items() if d.valid_until >= today}

    def of(self, check_id: str, delivery: str) -> Decision | None:
        """The word on this delivery, else the one on the check as a whole."""
        return self._in_force.get((check_id, delivery)) or self._in_force.get((check_id, ""))


def load(con: duckdb.DuckDBPyConnection, today: date) -> Decisions:
    """What has been decided in this warehouse."""
    rows = con.execute(
        "select decided_at, decision, check_id, delivery, reason, decided_by, valid_until from quality.gate_decisions"
    ).fetchall()
    return Decisions([Decision(*row) for row in rows], today)


def record(con: duckdb.DuckDBPyConnection, decision: Decision) -> None:
    """Keep a decision."""
    con.execute(
        "insert into quality.gate_decisions values (?, ?, ?, ?, ?, ?, ?)",
        [
            decision.decided_at,
            decision.decision,
            decision.check_id,
            decision.delivery,
            decision.reason,
            decision.decided_by,
            decision.valid_until,
        ],
    )

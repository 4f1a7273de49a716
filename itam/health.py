"""Is it well? What a monitor asks: does the last refresh serve, does the next one start, is there room.

Here: the answer. Not here: who asks over HTTP (``orchestration.health``), and what people are told (``alerts``).
"""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from itam import cadence
from itam.home import Home
from itam.publishing.postgresql import COPY_FAILED
from itam.publishing.read import NothingPublishedError, open_status

GRACE = timedelta(hours=2)
"""What a refresh may take longer than its cadence: it is slow, or the clock changes."""
LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Health:
    """The answer: failing wakes somebody, degraded is for the morning."""

    failing: tuple[str, ...]
    degraded: tuple[str, ...]
    facts: dict[str, Any]

    @property
    def status(self) -> str:
        """One word."""
        return "failing" if self.failing else "degraded" if self.degraded else "well"

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"status": self.status, "failing": self.failing, "degraded": self.degraded, **self.facts}


def longest_silence(home: Home) -> timedelta:
    """After how long without a refresh something is wrong: the shortest cadence of a KPI, and a little."""
    return timedelta(days=min((cadence.DAYS[c] for c in cadence.kpis_by_cadence(home)), default=1)) + GRACE


def check(home: Home, now: datetime, also_failing: tuple[str, ...] = ()) -> Health:
    """How a home is; ``now`` is the time in UTC without zone."""
    failing, degraded, facts = list(also_failing), [], dict[str, Any]()
    free = shutil.disk_usage(home.root if home.root.exists() else home.root.parent).free
    facts["free_bytes"] = free
    if free < LEAST_FREE_BYTES:
        failing.append(f"{free / 1024**3:.1f} GiB free: make room")
    try:
        with closing(open_status(home)) as con:
            runs = con.execute(
                "select refresh_id, finished_at, outcome, reason, as_of_date from runs where outcome <> 'running'"
                " order by refresh_id desc limit 1"
            ).fetchall()
            newest = con.execute(
                "select feed, max(newest_accepted_at) from feed_freshness"
                " where newest_accepted_at is not null group by feed"
            ).fetchall()
    except NothingPublishedError:
        return Health((*failing, "no refresh has run yet"), (), facts)
    except duckdb.Error as error:
        return Health((*failing, f"status.duckdb cannot be read: {error}"), (), facts)
    for refresh_id, finished_at, outcome, reason, as_of in runs:
        facts |= {"refresh_id": refresh_id, "finished_at": str(finished_at), "outcome": outcome, "as_of": str(as_of)}
        if outcome == "failed":
            failing.append(f"the last refresh failed: {reason}")
        elif outcome == "blocked":
            degraded.append(f"the last refresh was blocked: {reason}")
        elif COPY_FAILED in reason:
            degraded.append(f"the last refresh: {reason}")
        if finished_at is not None and now - finished_at > longest_silence(home):
            failing.append(f"no refresh has ended since {finished_at:%Y-%m-%d %H:%M} UTC")
    contracts = cadence.feed_cadences(home)
    overdue = [f for f, at in newest if contracts[f].freshness((now.date() - at.date()).days) == "overdue"]
    if overdue:
        degraded.append(f"{len(overdue)} feeds are overdue: {', '.join(sorted(overdue))}")
    return Health(tuple(failing), tuple(degraded), facts)

"""How often things are due: feeds by their contract, KPIs by the catalogue, both as the organisation overrides them.

Here: reading that policy and what follows from it for a day. Not here: when a KPI cannot be measured any more because
its feed has stopped, which the models say (``carry_days``), and who starts a refresh.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb

from itam.home import PROJECT_DIR, Home
from itam.publishing.read import NothingPublishedError, open_status

CADENCES = ("daily", "weekly", "monthly", "quarterly")
"""The most frequent first: a refresh computes every KPI, so the most frequent one that is due does it for all."""
CRON_DAYS = {"daily": "* * *", "weekly": "* * 1", "monthly": "1 * *", "quarterly": "1 1,4,7,10 *"}
"""Day of the month, month and day of the week of a cron line."""
DAYS = {"daily": 1, "weekly": 7, "monthly": 31, "quarterly": 92}
"""The longest time from one to the next."""
LATE, OVERDUE = 1, 2
"""How many times its cadence a feed may take before it is late, and before it is overdue (checks of the gate)."""


@dataclass(frozen=True)
class FeedCadence:
    """The contract of a feed about time."""

    cadence_days: int
    carry_days: int | None  # none: what it brought never gets too old

    def freshness(self, age_days: int) -> str:
        """What to call a feed whose newest delivery is this old: fresh, late or overdue."""
        if age_days > OVERDUE * self.cadence_days:
            return "overdue"
        return "late" if age_days > LATE * self.cadence_days else "fresh"


def policy_lines(home: Home, seed: str) -> list[dict[str, str]]:
    """The lines of a policy seed, then those of the organisation."""
    lines: list[dict[str, str]] = []
    for path in (PROJECT_DIR / "seeds" / f"{seed}.csv", home.policy / f"{seed}.csv"):
        if path.exists():
            with path.open(encoding="utf-8-sig", newline="") as stream:
                lines += [{name: value or "" for name, value in row.items()} for row in csv.DictReader(stream)]
    return lines


def policy_rows(home: Home, seed: str, key: str) -> dict[str, dict[str, str]]:
    """The lines of a policy seed by their key, the organisation's in place of the project's."""
    rows: dict[str, dict[str, str]] = {}
    for line in policy_lines(home, seed):
        name = line[key].strip()
        rows[name] = {**rows.get(name, {}), **line}
    return rows


def feed_cadences(home: Home) -> dict[str, FeedCadence]:
    """The cadence of every feed."""
    return {
        feed: FeedCadence(int(row["cadence_days"]), int(row["carry_days"]) if row["carry_days"].strip() else None)
        for feed, row in policy_rows(home, "feed_policy", "feed").items()
    }


def kpis_by_cadence(home: Home) -> dict[str, list[str]]:
    """The KPIs of each cadence that the catalogue knows, the most frequent cadence first."""
    found: dict[str, list[str]] = defaultdict(list)
    for kpi, row in policy_rows(home, "kpi_definitions", "kpi_id").items():
        found[row["cadence"].strip()].append(kpi)
    return {cadence: found[cadence] for cadence in CADENCES if cadence in found}


def cron(cadence: str, time_of_day: str) -> str:
    """The cron line of a cadence at a time like 06:00."""
    hour, minute = time_of_day.split(":")
    return f"{int(minute)} {int(hour)} {CRON_DAYS[cadence]}"


def due(day: date, cadences: list[str]) -> list[str]:
    """Which of these cadences are due on a day of the organisation's calendar, the most frequent first."""
    is_due = {
        "daily": True,
        "weekly": day.weekday() == 0,
        "monthly": day.day == 1,
        "quarterly": day.day == 1 and day.month in (1, 4, 7, 10),
    }
    return [cadence for cadence in CADENCES if cadence in cadences and is_due[cadence]]


def reported_day(day: date) -> date:
    """A scheduled refresh reports the day that has ended: on the first of a month, the end of the month before."""
    return day - timedelta(days=1)


def newest_day(home: Home) -> date | None:
    """D of the last refresh, or none before the first one."""
    try:
        with closing(open_status(home)) as con:
            (newest,) = con.execute("select max(as_of_date) from runs").fetchall()[0]
    except (NothingPublishedError, duckdb.CatalogException):
        return None
    return newest  # type: ignore[no-any-return]


def day_to_ask_for(home: Home, not_before: date | None) -> date | None:
    """The as-of day to ask for so that D is no older than a day; none where deliveries have brought it there already.

    So D moves on although every feed has stopped, and their KPIs become not measurable instead of staying as they were.
    """
    newest = newest_day(home)
    return not_before if not_before is not None and newest is not None and not_before > newest else None

"""Episodes of downtime against a naive reading of the rule: one day, one asset, one interval at a time, in Python.

Here: small random service desks whose incidents change from delivery to delivery. Not here: hand-made cases.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.python.money.money_warehouse import Delivery, Row, cells

Build = Callable[[Sequence[Delivery], str], duckdb.DuckDBPyConnection]

DELIVERED = [date(2026, 6, 2), date(2026, 6, 5), date(2026, 6, 9), date(2026, 6, 22)]
FIRST, LAST = DELIVERED[0], date(2026, 7, 2)
CARRY, WINDOW = 10, 30
REGISTER: list[Row] = [
    {"asset_id": "A", "ci_id": "CI-A", "asset_class": "laptop", "status": "deployed"},
    {"asset_id": "B", "asset_class": "server", "status": "retired"},
    {"asset_id": "C", "asset_class": "laptop", "status": "deployed", "ownership": "byod"},
]
ASSET_OF = {"CI-A": "A", "A": "A", "B": "B", "C": "C"}
COUNTED = {"A", "B"}


@dataclass(frozen=True)
class Incident:
    """One incident as one delivery tells it."""

    number: int
    cis: tuple[str, ...]
    opened: datetime
    resolved: datetime | None
    closed: datetime | None
    status: str
    on_hold: int

    @property
    def ended(self) -> datetime | None:
        """When work on it was over, as far as it says."""
        return self.resolved or self.closed

    def rows(self) -> list[Row]:
        """As delivered: one row per configuration item."""
        return [
            {
                "incident_id": str(self.number),
                "ci_id": ci,
                "record_type": "incident",
                "opened_at": str(self.opened),
                "resolved_at": str(self.resolved) if self.resolved else None,
                "closed_at": str(self.closed) if self.closed else None,
                "status": self.status,
                "category": "Hardware",
                "on_hold_seconds": str(self.on_hold),
            }
            for ci in self.cis
        ]


@dataclass(frozen=True)
class Outage:
    """One outage as now known."""

    number: int
    ci: str
    began: datetime
    ended: datetime | None
    kind: str
    incident: int | None

    def row(self) -> Row:
        """As delivered."""
        return {
            "outage_id": str(self.number),
            "ci_id": self.ci,
            "begin_at": str(self.began),
            "end_at": str(self.ended) if self.ended else None,
            "outage_type": self.kind,
            "incident_id": None if self.incident is None else str(self.incident),
        }


def moment(random: Random) -> datetime:
    """A time on a grid of six hours, so that intervals touch."""
    return datetime(2026, 5, 28) + timedelta(hours=6 * random.randrange(4 * 20))


def end_after(random: Random, begin: datetime) -> datetime | None:
    """Mostly a few hours later; sometimes never, days later or before the begin."""
    hours = random.choice([6, 6, 12, 24, 60, 200, -6, None])
    return None if hours is None else begin + timedelta(hours=hours)


def incident_lists(random: Random) -> dict[date, list[Incident]]:
    """What each delivery lists: incidents come, change their ends, status and CIs, and vanish."""
    opened = [moment(random) for _ in range(8)]
    cis = [random.choice([("CI-A",), ("A", "CI-A"), ("B",), ("A", "B"), ("C",), ("",)]) for _ in range(8)]
    lists = {}
    for day in DELIVERED:
        lists[day] = [
            Incident(
                number,
                cis[number] if random.random() < 0.8 else random.choice(cis),
                opened[number],
                end_after(random, opened[number]),
                end_after(random, opened[number]),
                random.choice(["Closed", "New", "Closed", "Closed", "Canceled"]),
                random.choice([0, 0, 3600, 10**6]),
            )
            for number in range(8)
            if random.random() < 0.8
        ]
    return lists


def outage_list(random: Random) -> list[Outage]:
    """Outages, some with an incident of their own, some open, some backwards."""
    outages = []
    for number in range(random.randrange(7)):
        began = moment(random)
        kind, incident = random.choice(["unplanned", "unplanned", "planned"]), random.choice([None, None, *range(8)])
        outages.append(
            Outage(number, random.choice(["CI-A", "A", "B", "C"]), began, end_after(random, began), kind, incident)
        )
    return outages


def naive(lists: dict[date, list[Incident]], outages: list[Outage], day: date) -> tuple[float, int, int, int]:
    """Seconds, episodes, linked and all failures of one day, read straight from the rule."""
    midnight = datetime.combine(day + timedelta(days=1), time())
    current = max((d for d in DELIVERED if d <= day), default=None)
    incidents = lists[current] if current and (day - current).days <= CARRY else []
    population = [i for i in incidents if i.status != "Canceled"]
    begun = [o for o in outages if o.kind == "unplanned" and o.began < midnight]
    ever = {i.number for one in lists.values() for i in one}
    seconds, episodes = 0.0, 0
    for asset in sorted(COUNTED):
        mine = [o for o in begun if ASSET_OF[o.ci] == asset]
        told = {o.incident for o in mine if o.incident in ever}
        intervals = [(o.began, o.ended or datetime.max, 0) for o in mine]
        intervals += [
            (i.opened, i.ended or datetime.max, i.on_hold)
            for i in population
            if asset in {ASSET_OF.get(ci) for ci in i.cis} and i.number not in told and i.opened < midnight
        ]
        merged: list[tuple[datetime, datetime, int]] = []
        for begin, end, hold in sorted(one for one in intervals if one[1] >= one[0]):
            if merged and begin <= merged[-1][1]:
                begin, end, hold = merged[-1][0], max(merged[-1][1], end), merged.pop()[2] + hold
            merged.append((begin, end, hold))
        for begin, end, hold in merged:
            if end < midnight and (day - end.date()).days < WINDOW:
                episodes += 1
                seconds += max(0.0, (end - begin).total_seconds() - hold)
    ended = [i for i in population if i.ended and i.ended < midnight and (day - i.ended.date()).days < WINDOW]
    linked = [i for i in ended if {ASSET_OF.get(ci) for ci in i.cis} & COUNTED]
    return seconds, episodes, len(linked), len(ended)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(random=st.randoms(use_true_random=True))
def test_episodes_are_those_of_a_naive_reading_on_every_day(build_downtime: Build, random: Random) -> None:
    """Nobody may be told that an asset was up while a second incident still held it down."""
    lists, outages = incident_lists(random), outage_list(random)
    deliveries = [
        *(Delivery("cmdb", "hardware_asset", f"{FIRST + timedelta(days=7 * n)} 01:00:00", REGISTER) for n in range(5)),
        *(
            Delivery("desk", "incident", f"{d} 02:00:00", [r for i in one for r in i.rows()])
            for d, one in lists.items()
        ),
        Delivery("desk", "outage", f"{LAST} 03:00:00", [outage.row() for outage in outages]),
    ]
    got = cells(build_downtime(deliveries, str(LAST)), "mean_time_to_repair")
    for n in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        seconds, episodes, linked, ended = naive(lists, outages, day)
        cell = got.get((str(day), "all", "all"), {"numerator": 0, "denominator": 0, "covered": 0, "population": 0})
        found = (
            round(float(cell["numerator"]) * 3600, 3),
            *(int(cell[c]) for c in ("denominator", "covered", "population")),
        )
        assert found == (seconds, episodes, linked, ended), day

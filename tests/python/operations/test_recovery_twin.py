"""Recovery from leavers against a naive reading of the rule: one day, one person, one asset at a time, in Python.

Here: small random organisations whose HR and register change from delivery to delivery. Not here: hand-made cases.
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

DELIVERED = [date(2026, 4, 1) + timedelta(days=7 * n) for n in range(7)]
FIRST, LAST = DELIVERED[0], date(2026, 5, 20)
CARRY, WINDOW, GRACE = 10, 90, {False: 14, True: 30}


@dataclass(frozen=True)
class Spell:
    """An employment spell as one delivery of HR tells it."""

    person: str
    number: int
    hired: date
    ended: date | None
    rescinded: bool
    known: datetime | None
    remote: bool


@dataclass(frozen=True)
class Asset:
    """An asset as one delivery of the register tells it."""

    asset_id: str
    status: str
    owner: str | None
    asset_class: str
    method: str | None


@dataclass(frozen=True)
class Event:
    """An event of an asset."""

    asset_id: str
    at: datetime
    kind: str
    to: str | None


@dataclass(frozen=True)
class Organisation:
    """What is delivered."""

    hr: dict[date, list[Spell]]
    register: dict[date, list[Asset]]
    events: list[Event]

    def deliveries(self) -> list[Delivery]:
        """The same as landing knows it."""
        made = []
        for day in DELIVERED:
            made.append(Delivery("hr", "person", f"{day} 02:00:00", [_spell_row(s) for s in self.hr[day]]))
            made.append(
                Delivery("cmdb", "hardware_asset", f"{day} 03:00:00", [_asset_row(a) for a in self.register[day]])
            )
        events = [
            {
                "event_id": str(n),
                "asset_id": e.asset_id,
                "event_at": str(e.at),
                "event_type": e.kind,
                "to_person_id": e.to,
            }
            for n, e in enumerate(self.events)
        ]
        made.append(Delivery("cmdb", "asset_event", f"{LAST} 02:00:00", events))
        return made


def _spell_row(spell: Spell) -> Row:
    return {
        "person_id": spell.person,
        "spell_no": str(spell.number),
        "hire_date": str(spell.hired),
        "last_day_of_work": str(spell.ended) if spell.ended else None,
        "termination_rescinded": str(spell.rescinded).lower(),
        "termination_known_at": str(spell.known) if spell.known else None,
        "is_remote": str(spell.remote).lower(),
    }


def _asset_row(asset: Asset) -> Row:
    return {
        "asset_id": asset.asset_id,
        "status": asset.status,
        "assigned_person_id": asset.owner,
        "asset_class": asset.asset_class,
        "disposal_method": asset.method,
    }


def some_day(random: Random) -> date:
    """A day shortly before, within or after the deliveries."""
    return date(2026, 3, 25) + timedelta(days=random.randrange(40))


def spells_of(random: Random, person: str, ended: date | None) -> list[Spell]:
    """What one delivery of HR says of a person: mostly the same end."""
    end = ended if random.random() < 0.8 else random.choice([None, some_day(random)])
    known = random.choice([None, None, datetime.combine(some_day(random), time(9))])
    spells = [Spell(person, 1, date(2020, 1, 1), end, random.random() < 0.1, known, random.random() < 0.2)]
    if random.random() < 0.15:
        spells.append(Spell(person, 2, some_day(random), None, False, None, False))
    return spells if random.random() < 0.95 else []


def asset_of(random: Random, asset_id: str, owner: str | None) -> Asset:
    """What one delivery of the register says of an asset: mostly the same owner."""
    status = random.choice(["deployed"] * 8 + ["in_repair", "in_stock", "disposed"])
    holder = owner if random.random() < 0.8 else random.choice(["P", "Q", "X", None])
    method = random.choice([None] * 8 + ["sold", "recycled"])
    return Asset(asset_id, status, holder, "server" if asset_id == "S" else "laptop", method)


def organisation_of(random: Random) -> Organisation:
    """Two people who may leave, a few assets, weekly lists."""
    ends = {person: random.choice([some_day(random), some_day(random), None]) for person in "PQ"}
    owners = {asset_id: random.choice(["P", "Q"]) for asset_id in "ABCDS"}
    hr = {day: [spell for person in "PQ" for spell in spells_of(random, person, ends[person])] for day in DELIVERED}
    register = {
        day: [asset_of(random, asset_id, owners[asset_id]) for asset_id in "ABCDS" if random.random() < 0.9]
        for day in DELIVERED
    }
    kinds = ["checkin", "receive", "transfer", "checkout", "audit"]
    events = [
        Event(
            random.choice("ABCDS"),
            datetime.combine(some_day(random), time(random.randrange(24))),
            random.choice(kinds),
            random.choice([None, "P", "Q", "X"]),
        )
        for _ in range(random.randrange(5))
    ]
    return Organisation(hr, register, events)


def current(day: date) -> date | None:
    """The delivery that speaks on a day."""
    newest = max((d for d in DELIVERED if d <= day), default=None)
    return newest if newest and (day - newest).days <= CARRY else None


def returned_at(organisation: Organisation, person: str, asset_id: str, proof: date) -> datetime | None:
    """When the asset came back first."""
    proved = datetime.combine(proof, time(3))
    found = [
        e.at
        for e in organisation.events
        if e.asset_id == asset_id
        and e.at > proved
        and (e.kind in ("checkin", "receive") or (e.kind in ("transfer", "checkout") and e.to not in (None, person)))
    ]
    for later in DELIVERED:
        for asset in organisation.register[later]:
            if (
                later > proof
                and asset.asset_id == asset_id
                and (asset.status == "in_stock" or asset.owner not in (None, person))
            ):
                found.append(datetime.combine(later, time(3)))
    return min(found, default=None)


def naive(organisation: Organisation, day: date) -> tuple[int, int, int]:
    """Returned, returned on time, due: of one day, read straight from the rule."""
    now = current(day)
    spells = organisation.hr[now] if now else []
    returned = on_time = due_count = 0
    for spell in spells:
        if spell.ended is None or spell.rescinded:
            continue
        shown = next(
            d
            for d in DELIVERED
            for s in organisation.hr[d]
            if (s.person, s.number) == (spell.person, spell.number) and s.ended and not s.rescinded
        )
        known = spell.known.date() if spell.known else shown
        due = max(spell.ended, known) + timedelta(days=GRACE[spell.remote])
        proof = current(spell.ended)
        if proof is None or not due <= day < due + timedelta(days=WINDOW):
            continue
        for asset in organisation.register[proof]:
            if (
                asset.owner != spell.person
                or asset.status not in ("deployed", "in_repair")
                or asset.asset_class == "server"
            ):
                continue
            last = [a for d in DELIVERED if d <= day for a in organisation.register[d] if a.asset_id == asset.asset_id][
                -1
            ]
            again = [s for s in spells if s.person == spell.person and s.number != spell.number]
            state = organisation.register[now] if now else []
            theirs = any(a.asset_id == asset.asset_id and a.owner == spell.person for a in state)
            if last.method in ("sold", "lost") or (theirs and any(spell.ended <= s.hired <= due for s in again)):
                continue
            back = returned_at(organisation, spell.person, asset.asset_id, proof)
            due_count += 1
            returned += back is not None and back.date() <= day
            on_time += back is not None and back.date() <= due
    return returned, on_time, due_count


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(random=st.randoms(use_true_random=True))
def test_recovery_is_that_of_a_naive_reading_on_every_day(build_recovery: Build, random: Random) -> None:
    """A leaver's laptop is not back because a list was late, nor is it missing because HR changed its mind."""
    organisation = organisation_of(random)
    connection = build_recovery(organisation.deliveries(), str(LAST))
    rate, on_time = cells(connection, "asset_recovery_rate"), cells(connection, "asset_recovery_on_time_rate")
    nothing = {"numerator": 0, "denominator": 0}
    for n in range((LAST - FIRST).days + 1):
        key = (str(FIRST + timedelta(days=n)), "all", "all")
        late, early = rate.get(key, nothing), on_time.get(key, nothing)
        assert late["denominator"] == early["denominator"], key
        found = (int(late["numerator"]), int(early["numerator"]), int(late["denominator"]))
        assert found == naive(organisation, FIRST + timedelta(days=n)), key

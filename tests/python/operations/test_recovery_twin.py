"""Recovery from leavers against a naive reading of the rule: one day, one person, one asset at a time, in Python.

Here: small random organisations whose HR and register change from delivery to delivery. Not here: hand-made cases.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from money_warehouse import Delivery, Row, cells

Build = Callable[[Sequence[Delivery], str], duckdb.DuckDBPyConnection]

DELIVERED = [date(2026, 4, 1) + timedelta(days=7 * n) for n in range(7)]
FIRST, LAST = DELIVERED[0], date(2026, 5, 20)
CARRY, WINDOW, GRACE = 10, 90, {False: 14, True: 30}

days = st.integers(0, 40).map(lambda n: date(2026, 3, 25) + timedelta(days=n))
people = st.sampled_from(["P", "Q"])


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
        "last_day_of_work": spell.ended and str(spell.ended),
        "termination_rescinded": str(spell.rescinded).lower(),
        "termination_known_at": spell.known and str(spell.known),
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


@st.composite
def organisations(draw: st.DrawFn) -> Organisation:
    """Two people, a few assets, weekly lists."""
    hr, register = {}, {}
    for day in DELIVERED:
        spells = []
        for person in ("P", "Q"):
            if draw(st.integers(0, 9)):
                spells.append(
                    Spell(
                        person,
                        1,
                        date(2020, 1, 1),
                        draw(st.one_of(st.none(), days)),
                        draw(st.integers(0, 5)) == 0,
                        draw(st.one_of(st.none(), days.map(lambda d: datetime.combine(d, time(9))))),
                        draw(st.integers(0, 3)) == 0,
                    )
                )
            if not draw(st.integers(0, 4)):
                spells.append(Spell(person, 2, draw(days), None, False, None, False))
        hr[day] = spells
        register[day] = [
            Asset(
                asset_id,
                draw(st.sampled_from(["deployed", "deployed", "deployed", "in_repair", "in_stock", "disposed"])),
                draw(st.sampled_from(["P", "P", "Q", "X", None])),
                "server" if asset_id == "S" else "laptop",
                draw(st.sampled_from([None, None, None, "sold", "recycled"])),
            )
            for asset_id in draw(st.lists(st.sampled_from("ABS"), unique=True, max_size=3))
        ]
    kinds = st.sampled_from(["checkin", "receive", "transfer", "checkout", "audit"])
    events = [
        Event(
            draw(st.sampled_from("ABS")),
            datetime.combine(draw(days), time(draw(st.integers(0, 23)))),
            draw(kinds),
            draw(st.sampled_from([None, "P", "Q", "X"])),
        )
        for _ in range(draw(st.integers(0, 4)))
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
@given(organisation=organisations())
def test_recovery_is_that_of_a_naive_reading_on_every_day(build_recovery: Build, organisation: Organisation) -> None:
    """A leaver's laptop must not be counted as back because a list was late, nor as missing because HR changed its mind."""
    connection = build_recovery(organisation.deliveries(), str(LAST))
    rate, on_time = cells(connection, "asset_recovery_rate"), cells(connection, "asset_recovery_on_time_rate")
    nothing = {"numerator": 0, "denominator": 0}
    for n in range((LAST - FIRST).days + 1):
        key = (str(FIRST + timedelta(days=n)), "all", "all")
        late, early = rate.get(key, nothing), on_time.get(key, nothing)
        assert late["denominator"] == early["denominator"], key
        found = (int(late["numerator"]), int(early["numerator"]), int(late["denominator"]))
        assert found == naive(organisation, FIRST + timedelta(days=n)), key

"""Who works here, from when to when: one entry per employment spell, with what HR knew at which time.

Here: spells (joiners, leavers, re-hires, rescinded terminations, leave, moves) and the `person` feed.
Not here: what people hold or use.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from itam.sample import dirt
from itam.sample.columns import Array, days, flags, integers, pick, spoil, stamps, strings, text
from itam.sample.organisation import DEPARTMENTS, PERSONAL, SITES, TURNOVER
from itam.sample.timeline import DAY, FAR, Flags, Ints, Timeline, stream

GROWTH_PER_YEAR = 0.05
_FIRST = (
    "anna",
    "ben",
    "chen",
    "david",
    "elena",
    "fatima",
    "george",
    "hana",
    "ivan",
    "julia",
    "karim",
    "laura",
    "marco",
    "nadia",
    "oscar",
    "priya",
    "quinn",
    "rosa",
    "samuel",
    "tara",
    "umar",
    "vera",
    "wei",
    "yara",
)
_LAST = (
    "adler",
    "bauer",
    "costa",
    "dunne",
    "evans",
    "fischer",
    "garcia",
    "hughes",
    "ito",
    "jensen",
    "kelly",
    "lopez",
    "moore",
    "novak",
    "owens",
    "patel",
    "quirke",
    "rossi",
    "smith",
    "turner",
    "urban",
    "vega",
    "walsh",
    "young",
)
_TYPES = ("employee", "contractor", "part_time")


@dataclass
class People:
    """Spells as columns; a person of two spells has two entries with one id."""

    person: Ints
    spell: Ints
    site: Ints
    department: Ints
    new_department: Ints
    moves: Ints
    kind: Ints
    is_remote: Flags
    hired: Ints
    last_day: Ints
    known: Ints
    cancelled: Ints
    leave_from: Ints
    leave_to: Ints
    manager: Ints
    wants: Flags
    ids: pa.Array
    upns: pa.Array

    def __len__(self) -> int:
        return len(self.person)

    def is_active(self, day: int) -> Flags:
        """Spells that hold on a day."""
        return (self.hired <= day) & (day <= self.end())

    def end(self) -> Ints:
        """Last day of work, as it turned out (rescinded terminations did not happen)."""
        return np.where(self.cancelled < FAR, FAR, self.last_day)

    def department_at(self, day: int) -> Ints:
        """Department of each spell on a day."""
        return np.where(self.moves <= day, self.new_department, self.department)


def make_people(seed: int, line: Timeline, headcount: int) -> People:
    """Draw every spell from the start of the simulation to the as-of day."""
    rng = stream(seed, "people")
    span = line.as_of - line.origin
    first = max(6, round(headcount / (1 + GROWTH_PER_YEAR) ** (span / 365)))
    yearly = float(np.dot(TURNOVER, [d.weight for d in DEPARTMENTS]))
    leavers = first * (1 - np.exp(-yearly * span / 365))
    joiners = round((headcount - first) + leavers * 1.12)
    total = first + joiners
    hired = np.concatenate(
        [
            line.origin - rng.exponential(1500, first).astype(np.int64) - 1,
            np.sort(line.origin + (span * rng.random(joiners) ** 0.97).astype(np.int64)),
        ]
    )
    weekday = (hired + 3) % 7  # 1970-01-01 was a Thursday: 0 is Monday
    hired -= np.where(weekday > 4, weekday - 4, 0)
    department = rng.choice(len(DEPARTMENTS), total, p=_shares([d.weight for d in DEPARTMENTS]))
    site = rng.choice(len(SITES), total, p=_shares([s.weight for s in SITES]))
    kind = rng.choice(3, total, p=[0.86, 0.09, 0.05])
    base = np.maximum(hired, line.origin)
    stays = rng.exponential(365 / (TURNOVER[department] * np.where(kind == 1, 2.0, 0.9)))
    last_day = np.where(base + stays < line.as_of + 25, base + stays.astype(np.int64) + 5, FAR)
    notice = rng.integers(12, 40, total)
    late = rng.random(total) < dirt.BACKDATED
    known = np.where(last_day < FAR, last_day - np.where(late, -rng.integers(2, 12, total), notice), FAR)
    known = np.maximum(known, hired + 1)
    leaves_in_sight = (last_day > line.first + 14) & (last_day < line.as_of) & ~late & (hired < line.first)
    rescinded = (last_day < FAR) & dirt.strike(rng, total, dirt.RESCINDED, leaves_in_sight)
    cancelled = np.where(rescinded, last_day - rng.integers(1, 10, total), FAR)
    moves = np.where(rng.random(total) < 0.05 * span / 365, line.origin + (span * rng.random(total)), FAR)
    on_leave = rng.random(total) < 0.05 * span / 365
    leave_from = np.where(on_leave, line.origin + (span * rng.random(total)), FAR).astype(np.int64)
    leave_to = np.where(on_leave, leave_from + rng.integers(30, 200, total), FAR)
    spells: dict[str, Array] = {
        "person": np.arange(total),
        "spell": np.ones(total, dtype=np.int64),
        "site": site,
        "department": department,
        "new_department": (department + rng.integers(1, len(DEPARTMENTS), total)) % len(DEPARTMENTS),
        "moves": moves.astype(np.int64),
        "kind": kind,
        "is_remote": rng.random(total) < np.array([d.remote for d in DEPARTMENTS])[department],
        "hired": hired,
        "last_day": last_day.astype(np.int64),
        "known": known.astype(np.int64),
        "cancelled": cancelled,
        "leave_from": leave_from,
        "leave_to": leave_to,
        "manager": rng.integers(0, max(1, first // 9), total),
        "wants": _equipment(rng, department),
    }
    spells = _with_rehires(rng, spells, line.as_of)
    count = len(spells["person"])
    numbers = spells["person"].tolist()
    ids = strings([f"E{100000 + number}" for number in numbers])
    first_name, last_name = rng.integers(0, len(_FIRST), total), rng.integers(0, len(_LAST), total)
    upns = strings(
        [f"{_FIRST[first_name[n]]}.{_LAST[last_name[n]]}{n}@halden.example" for n in spells["person"].tolist()]
    )
    assert count == len(ids)
    return People(**spells, ids=ids, upns=upns)


def person_feed(people: People, seed: int, week: int, day: int) -> pa.Table:
    """The HR list on a day: everybody hired so far, with what is known of their leaving."""
    shown = np.flatnonzero(people.hired <= day)
    known = (people.known <= day)[shown] & (people.last_day < FAR)[shown]
    rescinded = (people.cancelled <= day)[shown]
    department = people.department_at(day)[shown]
    away = ((people.leave_from <= day) & (day < people.leave_to))[shown]
    ended = np.where(known, people.last_day[shown], 0)
    table = pa.table(
        {
            "person_id": people.ids.take(pa.array(shown)),
            "spell_no": integers(people.spell[shown]),
            "upn": people.upns.take(pa.array(shown)),
            "employment_type": text(_TYPES, people.kind[shown]),
            "department": text([d.name for d in DEPARTMENTS], department),
            "cost_center": text([d.cost_center for d in DEPARTMENTS], department),
            "location": text([s.name for s in SITES], people.site[shown]),
            "country": text([s.country for s in SITES], people.site[shown]),
            "is_remote": flags(people.is_remote[shown]),
            "manager_person_id": pick(people.ids, people.manager[shown]),
            "hire_date": days(people.hired[shown]),
            "last_day_of_work": days(ended, known),
            "termination_date": days(ended + people.person[shown] % 3, known),
            "termination_rescinded": flags(rescinded, known),
            "termination_known_at": stamps(people.known[shown] * DAY + 9 * 3600, known),
            "on_leave": flags(away),
            "leave_return_date": days(people.leave_to[shown], away),
        }
    )
    rng = stream(seed, "person dirt")
    table = spoil(table, "leave_return_date", dirt.strike(rng, len(people), dirt.BAD_LEAVE_DATE)[shown], "31/12/2025")
    twice = np.flatnonzero(dirt.strike(rng, len(people), dirt.DUPLICATE_PERSON_ROWS)[shown])
    if week % 6 == 5 and len(twice):
        table = pa.concat_tables([table, table.take(pa.array(twice))])
    return table


def _shares(weights: list[float]) -> NDArray[np.float64]:
    shares = np.array(weights)
    result: NDArray[np.float64] = shares / shares.sum()
    return result


def _equipment(rng: np.random.Generator, department: Ints) -> Flags:
    """What a person in a role gets on the first day, by personal class."""
    total = len(department)
    desktop = rng.random(total) < np.array([d.desktop for d in DEPARTMENTS])[department]
    phone_rate = np.where(np.isin(department, (6, 8)), 0.55, 0.22)
    wants = np.zeros((total, len(PERSONAL)), dtype=bool)
    wants[:, 0], wants[:, 1] = ~desktop, desktop
    wants[:, 2] = rng.random(total) < 0.75
    wants[:, 3] = ~desktop & (rng.random(total) < 0.46)
    wants[:, 4] = rng.random(total) < phone_rate
    wants[:, 5] = rng.random(total) < 0.08
    return wants


def _with_rehires(rng: np.random.Generator, spells: dict[str, Array], as_of: int) -> dict[str, Array]:
    """Some leavers come back: half of them within the grace period, to the same things."""
    left = (spells["last_day"] < as_of - 6) & (spells["cancelled"] == FAR)
    again = np.flatnonzero(left & (rng.random(len(left)) < dirt.REHIRES))
    second = {name: column[again].copy() for name, column in spells.items()}
    gap = np.where(rng.random(len(again)) < 0.5, rng.integers(3, 12, len(again)), rng.integers(60, 260, len(again)))
    second["spell"] += 1
    second["hired"] = second["last_day"] + gap
    for name in ("last_day", "known", "cancelled", "moves", "leave_from", "leave_to"):
        second[name] = np.full(len(again), FAR)
    soon = second["hired"] <= as_of
    return {name: np.concatenate([column, second[name][soon]]) for name, column in spells.items()}

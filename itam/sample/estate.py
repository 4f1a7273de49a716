"""The hardware estate, simulated week by week: bought in bulk, handed out, repaired, lost, replaced, disposed of.

Here: what really happens to assets. Not here: how registers and tools record it (registers.py, devices.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from itam.sample import dirt
from itam.sample.organisation import (
    CARELESSNESS,
    CLASSES,
    CURRENCIES,
    DEPARTMENTS,
    IT,
    LIFE_DAYS,
    LINES,
    PERSONAL,
    PRINTER,
    SERVER,
    SITES,
    USD_PER,
    VM,
    last_leap_day,
    model_at,
)
from itam.sample.people import GROWTH_PER_YEAR, People
from itam.sample.timeline import DAY, FAR, Flags, Ints, Timeline, day_number, stream, to_date

ABSENT, ORDERED, RECEIVED, IN_STOCK, DEPLOYED, IN_REPAIR, MISSING, RETIRED, DISPOSED = range(9)
STATUS_WORDS = ("absent", "ordered", "received", "in_stock", "deployed", "in_repair", "missing", "retired", "disposed")
SOLD, DONATED, RECYCLED, DESTROYED, LESSOR_RETURN, LOST = range(6)
METHODS = ("sold", "donated", "recycled", "destroyed", "lessor_return", "lost")

_SITE_SHARES = np.array([s.weight for s in SITES])
_SITE_REGISTER = np.array([s.register for s in SITES])
_ORDER_EVERY_WEEKS = 2
_PERSONAL = np.array(PERSONAL)


@dataclass
class EventLog:
    """What happened, in columns; a register may or may not have written it down."""

    parts: list[dict[str, Ints]] = field(default_factory=list)

    def add(self, kind: int, asset: Ints, second: Ints, **more: Ints) -> None:
        """Note that the same kind of thing happened to some assets."""
        if len(asset):
            empty = np.full(len(asset), -1)
            self.parts.append(
                {
                    "kind": np.full(len(asset), kind),
                    "asset": asset,
                    "second": second,
                    **{name: more.get(name, empty) for name in ("before", "after", "giver", "taker", "reason")},
                }
            )

    def columns(self) -> dict[str, Ints]:
        """All events in order of time."""
        joined = {name: np.concatenate([part[name] for part in self.parts]) for name in self.parts[0]}
        order = np.lexsort((joined["kind"], joined["asset"], joined["second"]))
        return {name: column[order] for name, column in joined.items()}


EVENT_TYPES = ("status_change", "checkout", "checkin", "receive", "transfer", "audit", "retire", "dispose", "loss")
STATUS_CHANGE, CHECKOUT, CHECKIN, RECEIVE, TRANSFER, AUDIT, RETIRE, DISPOSE, LOSS = range(9)
REASONS = ("offboarding", "role_change", "refresh", "loan_end", "repair")

_FIXED = (
    "asset_class",
    "model",
    "register",
    "department",
    "ordered",
    "purchased",
    "received",
    "order",
    "cents",
    "currency",
    "line",
    "stretch",
    "lease",
)
_LIVE = (
    "site",
    "status",
    "owner",
    "changed",
    "in_service",
    "retired",
    "disposed",
    "method",
    "refresh_at",
    "return_at",
    "retire_at",
    "dispose_at",
    "missing_at",
    "repaired_at",
)
_FAR_NAMES = (
    "in_service",
    "retired",
    "disposed",
    "refresh_at",
    "return_at",
    "retire_at",
    "dispose_at",
    "missing_at",
    "repaired_at",
)


class Estate:
    """Assets as columns, and a tape of what changed about them, one frame per delivery."""

    asset_class: Ints
    model: Ints
    register: Ints
    department: Ints
    ordered: Ints
    purchased: Ints
    received: Ints
    order: Ints
    cents: Ints
    currency: Ints
    line: Ints
    stretch: Ints
    lease: Ints
    site: Ints
    status: Ints
    owner: Ints
    changed: Ints
    in_service: Ints
    retired: Ints
    disposed: Ints
    method: Ints
    refresh_at: Ints
    return_at: Ints
    retire_at: Ints
    dispose_at: Ints
    missing_at: Ints
    repaired_at: Ints

    def __init__(self) -> None:
        for name in _FIXED + _LIVE:
            setattr(self, name, np.empty(0, dtype=np.int64))
        self.events = EventLog()
        self.tape: list[dict[str, Ints]] = []

    def __len__(self) -> int:
        return len(self.status)

    def append(self, **columns: Ints) -> Ints:
        """Add assets; returns their indexes."""
        rows = len(columns["asset_class"])
        for name in _FIXED + _LIVE:
            default = FAR if name in _FAR_NAMES else -1
            new = columns.get(name, np.full(rows, default))
            setattr(self, name, np.concatenate([getattr(self, name), new.astype(np.int64)]))
        return np.arange(len(self) - rows, len(self))

    def record(self) -> None:
        """Keep a frame of the tape."""
        self.tape.append(
            {
                "status": self.status.astype(np.int8),
                "owner": self.owner.astype(np.int32),
                "site": self.site.astype(np.int8),
                "changed": self.changed.copy(),
            }
        )

    def frame(self, week: int, name: str) -> Ints:
        """A column of the tape, as long as the whole estate (later assets are absent)."""
        kept = self.tape[week][name]
        filler = ABSENT if name == "status" else -1
        return np.concatenate([kept.astype(np.int64), np.full(len(self) - len(kept), filler)])


def headcount_for(assets: int) -> int:
    """People who go with an estate of that size (spares and broken ones included)."""
    shared = sum(c.share_of_estate for c in CLASSES if c.name != "virtual_machine")
    return max(12, round(assets * (1 - shared - 0.055) / 2.47))


def make_estate(seed: int, line: Timeline, assets: int, people: People) -> Estate:
    """Run the simulation from the start to the as-of day."""
    estate = Estate()
    _Simulation(estate, people, seed, line, assets).run()
    return estate


class _Simulation:
    """One week after the other; each step of a week is a method."""

    def __init__(self, estate: Estate, people: People, seed: int, line: Timeline, assets: int) -> None:
        self.estate, self.people, self.line = estate, people, line
        self.rng = stream(seed, "estate")
        span = (line.as_of - line.origin) / 365
        self.shared_target = assets / (1 + GROWTH_PER_YEAR) ** span
        self.orders = 0
        empty = np.empty(0, dtype=np.int64)
        self.wanted = dict.fromkeys(("person", "asset_class", "site", "department", "replaces"), empty)

    # --- the weeks
    def run(self) -> None:
        """Start with an estate in mid-life, then step to the end."""
        self._found()
        weeks = (self.line.as_of - self.line.origin) // 7
        for week in range(weeks + 1):
            day = self.line.origin + 7 * week - 1  # the deliveries of the next morning show it
            self._receive(day)
            self._take_back(day)
            self._see_leavers_off(day)
            self._lose(day)
            self._repair(day)
            self._retire(day)
            self._dispose(day)
            self._collect_demand(day)
            self._hand_out(day)
            if week % _ORDER_EVERY_WEEKS == 0:
                self._order(day)
            if day + 1 >= self.line.first:
                self.estate.record()

    def _found(self) -> None:
        """The estate as it stands when the simulation starts: every age, bought in batches."""
        people, origin = self.people, self.line.origin
        here = np.flatnonzero(people.is_active(origin) & (people.spell == 1))
        who, slot = np.nonzero(people.wants[here])
        owners = here[who]
        classes = [_PERSONAL[slot]]
        holders, sites, departments = [owners], [people.site[owners]], [people.department[owners]]
        for index, kind in enumerate(CLASSES):
            count = round(kind.share_of_estate * self.shared_target)
            if count:
                classes.append(np.full(count, index))
                holders.append(np.full(count, -1))
                sites.append(self.rng.choice(len(SITES), count, p=_SITE_SHARES / _SITE_SHARES.sum()))
                departments.append(self._home(index, count))
        asset_class = np.concatenate(classes)
        rows = len(asset_class)
        stretch = self._stretch(rows)
        life = LIFE_DAYS[asset_class] * stretch / 1000
        age = self.rng.random(rows) * life
        ordered = origin - 28 * np.ceil((age + 32) / 28).astype(np.int64)
        ordered -= np.where(self.rng.random(rows) < 0.35, (ordered % 84) // 28 * 28, 0)
        received = ordered + self.rng.integers(8, 25, rows)
        in_service = np.minimum(received + self.rng.integers(2, 26, rows), origin - 1)
        purchased = ordered + 2
        leap = day_number(last_leap_day(to_date(self.line.first)))
        old = (purchased < leap) & (leap < received) & (self.rng.random(rows) < 0.5)
        old |= (np.arange(rows) % round(1 / dirt.LEAP_DAY_PURCHASES) == 7) & (asset_class == 0)
        bought_on_leap = old & (origin - leap < 1.2 * life)
        purchased = np.where(bought_on_leap, leap, purchased)
        ordered = np.where(bought_on_leap, leap - 2, ordered)
        received = np.where(bought_on_leap, leap + 12, received)
        in_service = np.where(bought_on_leap, leap + 20, in_service)
        estate = self.estate
        added = estate.append(
            **self._create(
                asset_class, np.concatenate(sites), np.concatenate(departments), ordered, purchased, received, stretch
            )
        )
        estate.status[added] = DEPLOYED
        estate.owner[added] = np.concatenate(holders)
        estate.in_service[added] = in_service
        estate.refresh_at[added] = in_service + life.astype(np.int64)
        estate.changed[added] = in_service * DAY + self._office(rows)

    def _receive(self, day: int) -> None:
        """What was ordered arrives; a few days later it is on the shelf."""
        estate = self.estate
        arrived = np.flatnonzero((estate.status == ORDERED) & (estate.received <= day))
        self._set(arrived, RECEIVED, estate.received[arrived], RECEIVE)
        ready = np.flatnonzero((estate.status == RECEIVED) & (estate.received <= day - 4))
        self._set(ready, IN_STOCK, estate.received[ready] + 4, STATUS_CHANGE)

    def _take_back(self, day: int) -> None:
        """Leavers hand in what they had; what is nearly worn out goes straight to disposal."""
        estate = self.estate
        back = np.flatnonzero((estate.return_at <= day) & np.isin(estate.status, (DEPLOYED, IN_REPAIR)))
        at = estate.return_at[back]
        self._set(back, IN_STOCK, at, CHECKIN, giver=estate.owner[back], reason=np.zeros(len(back), dtype=np.int64))
        estate.owner[back] = -1
        estate.return_at[back] = FAR
        left = estate.refresh_at[back] - at
        worn = back[left < 0.22 * LIFE_DAYS[estate.asset_class[back]]]
        estate.retire_at[worn] = day + self.rng.integers(1, 10, len(worn))
        shelved = np.flatnonzero((estate.status == IN_STOCK) & (estate.refresh_at <= day) & (estate.retire_at == FAR))
        estate.retire_at[shelved] = day + 7

    def _see_leavers_off(self, day: int) -> None:
        """People whose last day was this week: most bring their things back in time, some late, a few never."""
        people, estate = self.people, self.estate
        end = people.end()
        leaving = np.flatnonzero((end > day - 7) & (end <= day))
        if not len(leaving):
            return
        spell_of = np.full(len(people), -1)
        spell_of[people.person[leaving]] = leaving
        held = (estate.owner >= 0) & np.isin(estate.status, (DEPLOYED, IN_REPAIR))
        assets = np.flatnonzero(held)
        spell = spell_of[estate.owner[assets]]
        assets, spell = assets[spell >= 0], spell[spell >= 0]
        # a person forgets everything or nothing, hence the draw per spell
        luck = self.rng.random(len(people))[spell] * 0.7 + self.rng.random(len(spell)) * 0.3
        luck /= CARELESSNESS[people.department[spell]] ** 0.5
        remote = people.is_remote[spell]
        grace = np.where(remote, 28, 12)
        quick = (self.rng.random(len(spell)) * grace).astype(np.int64)
        late = grace + self.rng.integers(4, 34, len(spell))
        never = luck < 0.12
        delay = np.where(luck < 0.2, late, quick)
        estate.return_at[assets] = np.where(never, FAR, end[spell] + delay)
        gone = assets[never]
        estate.missing_at[gone] = day + self.rng.integers(40, 110, len(gone))

    def _lose(self, day: int) -> None:
        """Thefts, losses, and what leavers never returned."""
        estate = self.estate
        rate = np.array([c.losses_per_year for c in CLASSES])[estate.asset_class] * 7 / 365
        deployed = estate.status == DEPLOYED
        lost = np.flatnonzero(deployed & ((self.rng.random(len(estate)) < rate) | (estate.missing_at <= day)))
        at = day - self.rng.integers(0, 6, len(lost))
        self._set(lost, MISSING, at, LOSS, giver=estate.owner[lost])
        estate.owner[lost] = -1
        estate.method[lost] = LOST
        estate.return_at[lost] = estate.missing_at[lost] = FAR
        estate.retired[lost] = at
        estate.dispose_at[lost] = day + self.rng.integers(90, 170, len(lost))

    def _repair(self, day: int) -> None:
        """Broken ones go to the workshop and come back to their user."""
        estate = self.estate
        done = np.flatnonzero((estate.status == IN_REPAIR) & (estate.repaired_at <= day))
        self._set(done, DEPLOYED, estate.repaired_at[done], STATUS_CHANGE, reason=np.full(len(done), 4))
        rate = np.array([c.repairs_per_year for c in CLASSES])[estate.asset_class] * 7 / 365
        broken = np.flatnonzero((estate.status == DEPLOYED) & (self.rng.random(len(estate)) < rate))
        at = day - self.rng.integers(0, 6, len(broken))
        self._set(broken, IN_REPAIR, at, STATUS_CHANGE, reason=np.full(len(broken), 4))
        estate.repaired_at[broken] = at + self.rng.integers(3, 18, len(broken))

    def _retire(self, day: int) -> None:
        """Replaced and worn-out assets leave active use."""
        estate = self.estate
        due = np.isin(estate.status, (DEPLOYED, IN_STOCK, IN_REPAIR)) & (estate.retire_at <= day)
        out = np.flatnonzero(due)
        at = np.minimum(np.maximum(estate.retire_at[out], day - 6), day)
        self._set(out, RETIRED, at, RETIRE, giver=estate.owner[out], reason=np.full(len(out), 2))
        estate.owner[out] = -1
        estate.retired[out] = at
        estate.return_at[out] = FAR
        wait = np.where(
            self.rng.random(len(out)) < 0.07, self.rng.integers(32, 85, len(out)), self.rng.integers(6, 24, len(out))
        )
        estate.dispose_at[out] = (at + wait + 6) // 7 * 7 + 4  # the collection lorry comes on Mondays
        draw = self.rng.random(len(out))
        method = np.select([draw < 0.24, draw < 0.33, draw < 0.88], [SOLD, DONATED, RECYCLED], DESTROYED)
        method = np.where(np.isin(estate.asset_class[out], (SERVER, PRINTER + 1)), DESTROYED, method)
        estate.method[out] = np.where(estate.lease[out] >= 0, LESSOR_RETURN, method)

    def _dispose(self, day: int) -> None:
        """Out of custody."""
        estate = self.estate
        out = np.flatnonzero(np.isin(estate.status, (RETIRED, MISSING)) & (estate.dispose_at <= day))
        at = np.minimum(np.maximum(estate.dispose_at[out], day - 6), day)
        self._set(out, DISPOSED, at, DISPOSE)
        estate.disposed[out] = at

    # --- demand and supply
    def _collect_demand(self, day: int) -> None:
        """Joiners need equipment, old assets need successors, the data centre grows."""
        people, estate = self.people, self.estate
        joining = np.flatnonzero((people.hired > day - 3) & (people.hired <= day + 4))
        estate.return_at[np.isin(estate.owner, people.person[joining])] = FAR  # back within the grace period
        who, slot = np.nonzero(people.wants[joining])
        spell = joining[who]
        if (people.spell[joining] > 1).any():  # who comes back may still have things
            held = estate.owner * len(CLASSES) + estate.asset_class
            needs = ~np.isin(people.person[spell] * len(CLASSES) + _PERSONAL[slot], held)
            spell, slot = spell[needs], slot[needs]
        self._want(people.person[spell], _PERSONAL[slot], people.site[spell], people.department[spell], None)
        old = np.flatnonzero((estate.status == DEPLOYED) & (estate.refresh_at <= day) & (estate.retire_at == FAR))
        estate.retire_at[old] = FAR - 1  # asked for once
        self._want(estate.owner[old], estate.asset_class[old], estate.site[old], estate.department[old], old)
        for index, asset_class in enumerate(CLASSES):
            rate = asset_class.share_of_estate * self.shared_target * GROWTH_PER_YEAR * 7 / 365
            count = int(self.rng.poisson(rate)) if rate else 0
            if count:
                site = self.rng.choice(len(SITES), count, p=_SITE_SHARES / _SITE_SHARES.sum())
                self._want(np.full(count, -1), np.full(count, index), site, self._home(index, count), None)

    def _want(self, person: Ints, asset_class: Ints, site: Ints, department: Ints, replaces: Ints | None) -> None:
        new = {
            "person": person,
            "asset_class": asset_class,
            "site": site,
            "department": department,
            "replaces": np.full(len(person), -1) if replaces is None else replaces,
        }
        self.wanted = {name: np.concatenate([self.wanted[name], new[name]]) for name in new}

    def _hand_out(self, day: int) -> None:
        """Stock meets demand, per class and register: returned devices to joiners, new ones to the rest."""
        people, estate, wanted = self.people, self.estate, self.wanted
        end = people.end()
        working = np.zeros(len(people), dtype=bool)
        working[people.person[end > day]] = True
        valid = (wanted["person"] < 0) | working[wanted["person"]]
        valid &= (wanted["replaces"] < 0) | (estate.status[wanted["replaces"]] == DEPLOYED)
        self.wanted = wanted = {name: column[valid] for name, column in wanted.items()}
        free = np.flatnonzero((estate.status == IN_STOCK) & (estate.retire_at == FAR))
        is_new = estate.in_service[free] == FAR
        free_key = estate.asset_class[free] * 2 + estate.register[free]
        want_key = wanted["asset_class"] * 2 + _SITE_REGISTER[wanted["site"]]
        served = np.zeros(len(want_key), dtype=bool)
        for key in np.unique(want_key).tolist():
            asks = np.flatnonzero(want_key == key)
            joiners = asks[wanted["replaces"][asks] < 0]
            refresh = asks[wanted["replaces"][asks] >= 0]
            used, new = free[(free_key == key) & ~is_new], free[(free_key == key) & is_new]
            stock = np.concatenate([used, new])
            to_joiners = min(len(joiners), len(stock))
            rest = stock[to_joiners:]
            rest = rest[estate.in_service[rest] == FAR]
            to_refresh = min(len(refresh), len(rest))
            given = np.concatenate([stock[:to_joiners], rest[:to_refresh]])
            asked = np.concatenate([joiners[:to_joiners], refresh[:to_refresh]])
            served[asked] = True
            self._give(given, asked, day)
        self.wanted = {name: column[~served] for name, column in wanted.items()}

    def _give(self, assets: Ints, asked: Ints, day: int) -> None:
        estate, wanted = self.estate, self.wanted
        at = day - self.rng.integers(0, 3, len(assets))
        estate.site[assets] = wanted["site"][asked]
        estate.department[assets] = wanted["department"][asked]
        self._set(assets, DEPLOYED, at, CHECKOUT, taker=wanted["person"][asked])
        estate.owner[assets] = wanted["person"][asked]
        new = assets[estate.in_service[assets] == FAR]
        estate.in_service[assets] = np.minimum(estate.in_service[assets], at)
        life = LIFE_DAYS[estate.asset_class[new]] * estate.stretch[new] / 1000
        estate.refresh_at[new] = estate.in_service[new] + life.astype(np.int64)
        old, since = wanted["replaces"][asked], at
        estate.retire_at[old[old >= 0]] = (since + self.rng.integers(2, 15, len(since)))[old >= 0]

    def _order(self, day: int) -> None:
        """Procurement orders what the next weeks need, in one batch per class and register."""
        people, estate, wanted = self.people, self.estate, self.wanted
        bought = []
        soon = (people.hired > day + 4) & (people.hired <= day + 30)
        for index in range(len(CLASSES)):
            for register in (0, 1):
                mine = (estate.asset_class == index) & (estate.register == register)
                asked = (wanted["asset_class"] == index) & (_SITE_REGISTER[wanted["site"]] == register)
                expected = float(asked.sum())
                expected += (
                    (estate.status == DEPLOYED) & mine & (estate.refresh_at > day) & (estate.refresh_at <= day + 26)
                ).sum()
                if index in PERSONAL:
                    expected += 0.55 * people.wants[soon & (_SITE_REGISTER[people.site] == register), index].sum()
                coming = (
                    mine
                    & (
                        np.isin(estate.status, (ORDERED, RECEIVED))
                        | ((estate.status == IN_STOCK) & (estate.in_service == FAR))
                    )
                ).sum()
                spare = 0.004 * (mine & (estate.status == DEPLOYED)).sum()
                count = int(np.ceil(expected * 1.02 + spare - coming))
                if count > 0:
                    bought.append(self._buy(index, register, count, day))
        if bought:
            estate.append(**{name: np.concatenate([batch[name] for batch in bought]) for name in bought[0]})

    def _buy(self, index: int, register: int, count: int, day: int) -> dict[str, Ints]:
        at_register = _SITE_SHARES * (register == _SITE_REGISTER)
        site = self.rng.choice(len(SITES), count, p=at_register / at_register.sum())
        ordered = np.full(count, day - int(self.rng.integers(0, 4)))
        late = self.rng.random(count) < 0.05
        lead = np.where(late, self.rng.integers(31, 50, count), int(self.rng.integers(7, 20)))
        lead = np.where(index == VM, 1, lead)
        new = self._create(
            np.full(count, index),
            site,
            self._home(index, count),
            ordered,
            ordered + 2,
            ordered + lead,
            self._stretch(count),
        )
        return new | {"status": np.full(count, ORDERED), "changed": ordered * DAY + self._office(count)}

    def _create(
        self,
        asset_class: Ints,
        site: Ints,
        department: Ints,
        ordered: Ints,
        purchased: Ints,
        received: Ints,
        stretch: Ints,
    ) -> dict[str, Ints]:
        """Columns of new assets: maker by weight, model by year, price by order."""
        rows = len(asset_class)
        line = np.zeros(rows, dtype=np.int64)
        for index in np.unique(asset_class).tolist():
            of_class = np.flatnonzero(asset_class == index)
            choices = [n for n, candidate in enumerate(LINES) if candidate.asset_class == index]
            weights = np.array([LINES[n].weight for n in choices])
            line[of_class] = self.rng.choice(choices, len(of_class), p=weights / weights.sum())
        year = (1970 + (ordered + 0.25) / 365.25).astype(np.int64)
        pairs, inverse = np.unique(np.stack([line, year]), axis=1, return_inverse=True)
        models = np.array([model_at(int(n), int(y)) for n, y in pairs.T])
        currency = np.array([CURRENCIES.index(s.currency) for s in SITES])[site]
        rate = np.array([USD_PER[code] for code in CURRENCIES])[currency]
        haggling = 0.94 + 0.12 * ((ordered * 2654435761 + line * 40503) % 1000) / 1000
        inflation = 1.018 ** (year - 2024)
        price = np.array([candidate.price_usd for candidate in LINES])[line] * haggling * inflation / rate
        lease = np.where((asset_class == 0) & (ordered % 5 == 0) & (site < 3), 0, -1)
        orders, order = np.unique(ordered * 16 + asset_class, return_inverse=True)
        first_order = self.orders
        self.orders += len(orders)
        return {
            "asset_class": asset_class,
            "model": models[inverse.reshape(-1)],
            "register": _SITE_REGISTER[site],
            "department": department,
            "ordered": ordered,
            "purchased": purchased,
            "received": received,
            "order": order.reshape(-1) + first_order,
            "cents": np.round(price * 100).astype(np.int64),
            "currency": currency,
            "line": line,
            "stretch": stretch,
            "lease": lease,
            "site": site,
            "status": np.full(rows, ABSENT),
            "changed": np.zeros(rows, dtype=np.int64),
        }

    # --- small helpers
    def _home(self, index: int, count: int) -> Ints:
        """The department a shared asset belongs to."""
        if index == PRINTER:
            shares = np.array([d.weight for d in DEPARTMENTS])
            return self.rng.choice(len(DEPARTMENTS), count, p=shares / shares.sum())
        return np.where(self.rng.random(count) < (0.3 if index in (SERVER, VM) else 0.0), 0, IT)

    def _stretch(self, rows: int) -> Ints:
        """How long it will really be used, in thousandths of the planned life."""
        planned = np.clip(self.rng.normal(950, 75, rows), 700, 1040)
        stretched = self.rng.uniform(1000, 1450, rows)
        return np.where(self.rng.random(rows) < 0.14, stretched, planned).astype(np.int64)

    def _office(self, rows: int) -> Ints:
        """A second within office hours."""
        return 7 * 3600 + self.rng.integers(0, 600, rows) * 60

    def _set(self, assets: Ints, status: int, day: Ints, kind: int, **more: Ints) -> None:
        estate = self.estate
        second = day * DAY + self._office(len(assets))
        estate.events.add(
            kind, assets, second, before=estate.status[assets], after=np.full(len(assets), status), **more
        )
        estate.status[assets] = status
        estate.changed[assets] = second


def deployed_share(estate: Estate, week: int) -> float:
    """Share of the physical estate that is in use (for the summary)."""
    status: Ints = estate.frame(week, "status")
    managed: Flags = np.isin(status, (RECEIVED, IN_STOCK, DEPLOYED, IN_REPAIR, MISSING))
    return float((status == DEPLOYED).sum() / max(1, managed.sum()))

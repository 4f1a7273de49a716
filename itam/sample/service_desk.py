"""Incidents, requests and outages: the feeds `incident` and `outage`.

Here: what broke, when, and how long it took. Not here: repairs as a state of assets (estate.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from itam.sample import dirt
from itam.sample.columns import as_text, flags, integers, pick, spoil, stamps, strings, text
from itam.sample.estate import Estate
from itam.sample.organisation import CLASSES, LIFE_DAYS, NETWORK, PRINTER, SERVER, STORAGE
from itam.sample.people import People
from itam.sample.registers import Register
from itam.sample.timeline import DAY, FAR, Flags, Ints, Timeline, stream

KEPT_DAYS = 400
"""Tickets are archived that long after they were opened."""
NEVER = FAR * DAY
_CATEGORIES = (
    "hardware",
    "server",
    "storage",
    "printer",
    "peripheral",
    "network hardware",
    "software",
    "access",
    "network",
    "email",
    "security",
    "inquiry",
)
_CLASS_CATEGORY = np.array([0, 0, 4, 4, 0, 0, 1, 5, 3, 2, 1])
_RECORD_TYPES = ("incident", "request", "problem", "change", "task")
_STATUS = ("New", "In Progress", "On Hold", "Resolved", "Closed", "Canceled", "Duplicate")
_OUTAGE_TYPES = ("unplanned", "planned", "degradation")


@dataclass
class Tickets:
    """Tickets as columns; a ticket on two assets has two rows."""

    number: Ints
    asset: Ints
    record_type: Ints
    category: Ints
    opened: Ints
    resolved: Ints
    closed: Ints
    ending: Ints
    priority: Ints
    requester: Ints
    affected: Ints
    parent: Ints
    reopened: Ints
    hold: Ints
    labour: Ints
    odd_type: Flags
    odd_users: Flags


@dataclass
class Outages:
    """Outages as columns."""

    asset: Ints
    begin: Ints
    end: Ints
    kind: Ints
    ticket: Ints


def make_tickets(
    seed: int, line: Timeline, estate: Estate, people: People, load: float = 1.0
) -> tuple[Tickets, Outages]:
    """Draw failures by class and age, and the everyday tickets around them, `load` times as many as is usual."""
    rng = stream(seed, "tickets")
    begin, end = line.first - KEPT_DAYS, line.as_of
    years = (end - begin) / 365
    rate = np.array([c.failures_per_year for c in CLASSES])[estate.asset_class] * 0.82
    since, until = np.maximum(estate.in_service, begin), np.minimum(estate.retired, end)
    exposed = np.maximum(until - since, 0) / 365
    age = np.clip((since + until) / 2 - estate.in_service, 0, None) / LIFE_DAYS[estate.asset_class]
    failures = rng.poisson(rate * exposed * (0.75 + 0.5 * age) * load)
    asset = np.repeat(np.arange(len(estate)), failures)
    hardware = len(asset)
    opened_day = since[asset] + (rng.random(hardware) * (until - since)[asset]).astype(np.int64)
    staff = int(np.count_nonzero(people.spell == 1))
    other = round(staff * 1.1 * years * load)
    opened_day = np.concatenate([opened_day, begin + (rng.random(other) * (end - begin)).astype(np.int64)])
    asset = np.concatenate([asset, np.full(other, -1)])
    category = np.concatenate([_CLASS_CATEGORY[estate.asset_class[asset[:hardware]]], rng.integers(6, 12, other)])
    order = np.lexsort((asset, opened_day))
    asset, opened_day, category = asset[order], opened_day[order], category[order]
    is_hardware = order < hardware
    count = len(order)
    record_type = np.where(
        is_hardware | (rng.random(count) < 0.55), 0, rng.choice([1, 2, 3, 4], count, p=[0.8, 0.03, 0.12, 0.05])
    )
    opened = opened_day * DAY + 6 * 3600 + rng.integers(0, 12 * 60, count) * 60
    priority = rng.choice([1, 2, 3, 4], count, p=[0.03, 0.12, 0.5, 0.35])
    # the desk gets a little faster every month
    pace = 1.12 - 0.24 * (opened_day - begin) / max(1, end - begin)
    median_hours = np.array([0, 3.2, 6.5, 11.0, 16.0])[priority] * pace
    hours = np.clip(median_hours * np.exp(rng.normal(0, 0.75, count)), 0.1, 400)
    hold = np.where(rng.random(count) < dirt.ON_HOLD, rng.integers(20, 2400, count) * 60, 0)
    resolved = opened + (hours * 3600).astype(np.int64) + hold
    reopened = rng.random(count) < dirt.REOPENED
    resolved += np.where(reopened, rng.integers(2, 30, count) * 3600, 0)
    in_sight = (opened_day > end - KEPT_DAYS + 1) & (opened_day < end - 1)
    backwards = dirt.strike(rng, count, dirt.RESOLVED_BEFORE_OPENED, in_sight)
    resolved = np.where(backwards, opened - 1800, resolved)
    stuck = rng.random(count) < 0.002
    resolved = np.where(stuck & ~backwards, resolved + rng.integers(20, 300, count) * DAY, resolved)
    closed = np.maximum(resolved, opened) + rng.integers(3, 8, count) * DAY
    draw = rng.random(count)
    duplicate = (record_type == 0) & (draw < dirt.DUPLICATE_INCIDENTS)
    cancelled = (draw > 0.985) & ~duplicate
    unresolved = (draw > 0.6) & (draw < 0.6 + dirt.CLOSED_NEVER_RESOLVED)
    resolved = np.where(unresolved, NEVER, resolved)
    child = (record_type == 0) & (rng.random(count) < dirt.CHILD_INCIDENTS) & (np.arange(count) > 40)
    parent = np.where(child, np.arange(count) - rng.integers(1, 30, count), -1)
    known = rng.random(count) >= dirt.INCIDENTS_WITHOUT_CI
    tickets = {
        "number": np.arange(count),
        "asset": np.where(known & is_hardware, asset, -1),
        "record_type": record_type,
        "category": category,
        "opened": opened,
        "resolved": resolved,
        "closed": closed,
        "ending": np.select([duplicate, cancelled], [6, 5], 4),
        "priority": priority,
        "requester": rng.integers(0, staff, count),
        "affected": np.where(priority == 1, rng.integers(5, 200, count), 1),
        "parent": parent,
        "reopened": reopened.astype(np.int64),
        "hold": hold,
        "labour": np.maximum(10, (hours * 12).astype(np.int64) // 5 * 5),
        "odd_type": dirt.strike(stream(seed, "odd types"), count, dirt.UNKNOWN_RECORD_TYPE, in_sight),
        "odd_users": dirt.strike(stream(seed, "odd users"), count, dirt.NEGATIVE_AFFECTED_USERS, in_sight),
    }
    second = np.flatnonzero((tickets["asset"] > 0) & (rng.random(count) < 0.02))
    twin = {name: column[second] for name, column in tickets.items()}
    twin["asset"] = twin["asset"] - 1
    usable = np.isin(estate.asset_class[twin["asset"]], (0, 1, SERVER, NETWORK, PRINTER, STORAGE))
    joined = {name: np.concatenate([column, twin[name][usable]]) for name, column in tickets.items()}
    order = np.lexsort((joined["asset"], joined["number"]))
    final = Tickets(**{name: column[order] for name, column in joined.items()})
    return final, _make_outages(rng, estate, final, begin, end)


def _make_outages(rng: np.random.Generator, estate: Estate, tickets: Tickets, begin: int, end: int) -> Outages:
    """Shared equipment also reports outages: some by themselves, some with a ticket, some twice."""
    infrastructure = np.isin(estate.asset_class, (SERVER, NETWORK, PRINTER, STORAGE))
    linked = np.flatnonzero(
        (tickets.asset >= 0)
        & infrastructure[tickets.asset]
        & (tickets.record_type == 0)
        & (rng.random(len(tickets.asset)) < 0.30)
        & (tickets.resolved < NEVER)
        & (tickets.resolved > tickets.opened)
    )
    alone = np.flatnonzero(infrastructure & (estate.in_service < end - 30) & (estate.retired > begin + 30))
    alone = alone[rng.random(len(alone)) < 0.22]
    first_day = np.maximum(estate.in_service[alone], begin) + rng.integers(1, 25, len(alone))
    room = np.maximum(np.minimum(estate.retired[alone], end) - first_day, 1)
    begun = (first_day + rng.random(len(alone)) * room) * DAY
    asset = np.concatenate([tickets.asset[linked], alone])
    start = np.concatenate([tickets.opened[linked] - 900, begun.astype(np.int64)])
    length = (np.clip(np.exp(rng.normal(1.3, 0.9, len(asset))), 0.2, 90) * 3600).astype(np.int64)
    length[: len(linked)] = np.maximum(tickets.resolved[linked] - tickets.opened[linked] - tickets.hold[linked], 1200)
    again = np.flatnonzero(rng.random(len(asset)) < dirt.OVERLAPPING_OUTAGES)
    asset = np.concatenate([asset, asset[again]])
    start = np.concatenate([start, start[again] + length[again] // 2])
    length = np.concatenate([length, length[again]])
    ticket = np.full(len(asset), -1)
    ticket[: len(linked)] = tickets.number[linked]
    kind = np.where(ticket >= 0, 0, rng.choice(3, len(asset), p=[0.45, 0.4, 0.15]))
    stop = start + length
    order = np.lexsort((asset, start))
    return Outages(asset[order], start[order], stop[order], kind[order], ticket[order])


def incident_feed(tickets: Tickets, register: Register, day: int) -> pa.Table:
    """The desk's list of the last thirteen months as it stands at the extract."""
    now = day * DAY + 4 * 3600
    rows = np.flatnonzero((tickets.opened <= now) & (tickets.opened > (day - KEPT_DAYS) * DAY))
    resolved, closed, hold = tickets.resolved[rows], tickets.closed[rows], tickets.hold[rows]
    is_closed, is_resolved = closed <= now, resolved <= now
    waiting = (hold > 0) & ~is_resolved & ~is_closed
    fresh = (now - tickets.opened[rows] < 2400) & ~is_resolved
    status = np.select([is_closed, is_resolved, waiting, fresh], [tickets.ending[rows], 3, 2, 0], 1)
    finished = is_resolved | is_closed
    asset = tickets.asset[rows]
    failure = tickets.category[rows] < 6
    table = pa.table(
        {
            "incident_id": strings([f"INC{number + 1:07d}" for number in tickets.number[rows].tolist()]),
            "ci_id": _references(register, asset),
            "record_type": as_text(text(_RECORD_TYPES, tickets.record_type[rows])),
            "opened_at": stamps(tickets.opened[rows]),
            "resolved_at": stamps(np.where(is_resolved, resolved, 0), is_resolved),
            "closed_at": stamps(np.where(is_closed, closed, 0), is_closed),
            "status": text(_STATUS, status),
            "priority": text(["P1", "P2", "P3", "P4"], tickets.priority[rows] - 1),
            "category": text(_CATEGORIES, tickets.category[rows]),
            "is_asset_failure": flags(failure, rows % 4 == 0),
            "requester_ref": pick(register.people.ids, tickets.requester[rows]),
            "affected_users": integers(tickets.affected[rows]),
            "parent_incident_id": strings(
                [f"INC{n + 1:07d}" if n >= 0 else None for n in tickets.parent[rows].tolist()]
            ),
            "reopen_count": integers(tickets.reopened[rows] * finished),
            "on_hold_seconds": integers(np.where(finished, hold, 0)),
            "labor_minutes": integers(tickets.labour[rows], finished),
        }
    )
    table = spoil(table, "record_type", tickets.odd_type[rows], "event")
    return spoil(table, "affected_users", tickets.odd_users[rows], "-1")


def outage_feed(outages: Outages, register: Register, since: int, until: int) -> pa.Table:
    """Outages that began or ended between two days: an open one is sent again when it is over."""
    lower, upper = since * DAY + 4 * 3600, until * DAY + 4 * 3600
    began = (outages.begin > lower) & (outages.begin <= upper)
    ended = (outages.begin <= upper) & (outages.end > lower) & (outages.end <= upper)
    rows = np.flatnonzero(began | ended)
    over: Flags = outages.end[rows] <= upper
    tickets = outages.ticket[rows]
    return pa.table(
        {
            "outage_id": strings([f"OUT{row:06d}" for row in rows.tolist()]),
            "ci_id": register.ci_ids.take(pa.array(outages.asset[rows])),
            "begin_at": stamps(outages.begin[rows]),
            "end_at": stamps(np.where(over, outages.end[rows], 0), over),
            "outage_type": as_text(text(_OUTAGE_TYPES, outages.kind[rows])),
            "incident_id": strings([f"INC{n + 1:07d}" if n >= 0 else None for n in tickets.tolist()]),
        }
    )


def _references(register: Register, asset: Ints) -> pa.Array:
    """What a ticket points at: the CI, or the asset itself where the register keeps no CI (phones, monitors)."""
    count = len(register.estate)
    has_ci = np.isin(register.estate.asset_class, (0, 1, 6, 7, 8, 9, 10))[asset]
    both = pa.concat_arrays([register.ci_ids, register.asset_ids])
    return pick(both, np.where((asset < 0) | has_ci, asset, asset + count))

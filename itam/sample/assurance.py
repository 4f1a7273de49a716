"""Audits, stocktakes and wiped disks: the feeds `audit`, `audit_finding`, `physical_count` and `sanitization`.

Here: what auditors and disposal suppliers write down. Not here: the estate they look at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from itam.sample import dirt
from itam.sample.columns import as_text, days, flags, integers, money, pick, stamps, strings, text
from itam.sample.estate import DEPLOYED, IN_STOCK, LOST
from itam.sample.organisation import CLASSES, SITES
from itam.sample.registers import Register
from itam.sample.timeline import DAY, FAR, Ints, Timeline, month_starts, stream

_AUDIT_TYPES = ("internal", "external", "vendor", "physical")
_SCOPES = (
    "Licence position",
    "SOX IT general controls",
    "Microsoft true-up",
    "Stockroom count",
    "Disposal chain",
    "Patch management",
    "Access and recovery",
)
_SEVERITIES = ("critical", "major", "minor", "info")
_AREAS = ("license", "inventory", "disposal", "patch", "access")
_METHODS = ("clear", "purge", "destroy")
_DATA_BEARING = np.array([c.is_data_bearing for c in CLASSES])
_REQUIRED_METHOD = np.array([1, 1, 0, 0, 0, 0, 2, 0, 0, 2, 0])


@dataclass
class Assurance:
    """Audits with their findings, wipes and counts as columns."""

    audits: dict[str, Ints]
    findings: dict[str, Ints]
    wipes: dict[str, Ints]


def make_assurance(seed: int, line: Timeline, register: Register) -> Assurance:
    """One audit a month; findings from failed tests; a wipe for nearly everything that holds data."""
    rng = stream(seed, "assurance")
    starts = np.array(month_starts(line.origin, line.as_of), dtype=np.int64) + 4
    count = len(starts)
    executed = rng.integers(28, 60, count)
    better = 0.895 + 0.06 * np.arange(count) / max(1, count - 1)
    passed = rng.binomial(executed, better)
    closed = starts + rng.integers(25, 75, count)
    audits = {
        "start": starts,
        "closed": closed,
        "kind": np.arange(count) % 4,
        "executed": executed,
        "passed": passed,
        "retest": (executed - passed) // 2,
    }
    per_audit = np.minimum((executed - passed + 1) // 2, 6)
    of = np.repeat(np.arange(count), per_audit)
    found = len(of)
    opened = starts[of] + rng.integers(6, 24, found)
    findings = {
        "audit": of,
        "opened": opened,
        "due": opened + rng.integers(45, 120, found),
        "closed": opened + rng.integers(15, 160, found),
        "severity": rng.choice(4, found, p=[0.05, 0.25, 0.55, 0.15]),
        "area": rng.integers(0, 5, found),
        "withdrawn": (rng.random(found) < 0.05).astype(np.int64),
        "repeat": np.where(rng.random(found) < 0.1, np.arange(found) - 9, -1),
        "exposure": rng.integers(2_000, 90_000, found) * 100,
    }
    return Assurance(audits, findings, _make_wipes(rng, line, register))


def _make_wipes(rng: np.random.Generator, line: Timeline, register: Register) -> dict[str, Ints]:
    estate = register.estate
    out = np.flatnonzero((estate.retired <= line.as_of) & (estate.method != LOST) & _DATA_BEARING[estate.asset_class])
    luck = rng.random(len(out))
    in_sight = np.flatnonzero(estate.retired[out] > line.first)
    if len(in_sight) > 1:  # somebody forgets one, and wipes another too lightly, in any organisation
        luck[in_sight[np.argmin(luck[in_sight])]] = 0.0
        strict = in_sight[_REQUIRED_METHOD[estate.asset_class[out[in_sight]]] > 0]
        luck[strict[np.argmax(luck[strict])] if len(strict) else in_sight[-1]] = 1.0
    leaves = np.minimum(estate.dispose_at[out], estate.disposed[out])
    leaves = np.where(leaves >= FAR, estate.retired[out] + 14, leaves)
    room = np.maximum(leaves - estate.retired[out] - 1, 1)
    performed = estate.retired[out] + 1 + (rng.random(len(out)) * np.minimum(room * 0.8, 7)).astype(np.int64)
    performed = np.minimum(performed, leaves)
    done = luck >= dirt.SANITIZATION_MISSING
    weak = (luck > 1 - dirt.SANITIZATION_WEAK) & (_REQUIRED_METHOD[estate.asset_class[out]] > 0)
    unverified = (luck > 0.5) & (luck < 0.5 + dirt.SANITIZATION_UNVERIFIED)
    failed = np.flatnonzero((luck > 0.3) & (luck < 0.3 + dirt.SANITIZATION_FAILED_FIRST))
    method = _REQUIRED_METHOD[estate.asset_class[out]]
    method = np.where((out % 9 == 0) & (method == 1), 2, method)
    good = {
        "asset": out[done],
        "performed": performed[done],
        "verified": np.where(unverified, FAR, np.minimum(performed + 1, leaves))[done],
        "method": np.where(weak, method - 1, method)[done],
        "result": np.ones(int(done.sum()), dtype=np.int64),
    }
    bad = {
        "asset": out[failed],
        "performed": np.maximum(performed[failed] - 1, estate.retired[out][failed]),
        "verified": np.full(len(failed), FAR),
        "method": method[failed],
        "result": np.zeros(len(failed), dtype=np.int64),
    }
    joined = {name: np.concatenate([good[name], bad[name]]) for name in good}
    order = np.lexsort((joined["asset"], joined["performed"]))
    return {name: column[order] for name, column in joined.items()}


def sanitization_feed(assurance: Assurance, register: Register, since: int, until: int) -> pa.Table:
    """Certificates of the disposal supplier: records of wipes finished between two days."""
    wipes = assurance.wipes
    known = np.where(wipes["verified"] < FAR, wipes["verified"], wipes["performed"] + 1)
    rows = np.flatnonzero((known > since) & (known <= until))
    asset, verified = wipes["asset"][rows], wipes["verified"][rows] < FAR
    by_serial = rows % 3 == 0
    return pa.table(
        {
            "record_id": strings([f"SAN{row:07d}" for row in rows.tolist()]),
            "asset_id": pick(register.asset_ids, asset, ~by_serial),
            "serial_number": pick(register.true_serials, asset),
            "media_serial": strings([None] * len(rows)),
            "method": as_text(text(_METHODS, wipes["method"][rows])),
            "performed_at": stamps(wipes["performed"][rows] * DAY + 9 * 3600),
            "result": as_text(text(["failed", "success"], wipes["result"][rows])),
            "verified_at": stamps(np.where(verified, wipes["verified"][rows], 0) * DAY + 12 * 3600, verified),
            "certificate_id": strings(
                [f"CERT-{row:07d}" if ok else None for row, ok in zip(rows.tolist(), verified.tolist(), strict=True)]
            ),
            "supplier": text(["Iron Vale ITAD", "ReCircuit GmbH"], rows % 2),
        }
    )


def audit_feed(assurance: Assurance, day: int) -> pa.Table:
    """Audits begun so far."""
    a = assurance.audits
    rows = np.flatnonzero(a["start"] <= day)
    closed = a["closed"][rows] <= day
    vendor = (a["kind"][rows] == 2) & closed
    return pa.table(
        {
            "audit_id": strings([f"AUD-{row:03d}" for row in rows.tolist()]),
            "audit_type": text(_AUDIT_TYPES, a["kind"][rows]),
            "scope": text(_SCOPES, rows % len(_SCOPES)),
            "status": text(["In progress", "Closed"], closed.astype(np.int64)),
            "started_on": days(a["start"][rows]),
            "closed_on": days(np.where(closed, a["closed"][rows], 0), closed),
            "tests_executed": integers(a["executed"][rows], closed),
            "tests_passed": integers(a["passed"][rows], closed),
            "passed_after_retest": integers(a["retest"][rows], closed),
            "settlement_amount": money((a["executed"] - a["passed"])[rows] * 110_000, vendor),
            "currency": text(["USD"], np.where(vendor, 0, -1)),
        }
    )


def audit_finding_feed(assurance: Assurance, register: Register, day: int) -> pa.Table:
    """Findings opened so far."""
    f = assurance.findings
    rows = np.flatnonzero(f["opened"] <= day)
    closed = (f["closed"][rows] <= day) & (f["withdrawn"][rows] == 0)
    status = np.select([f["withdrawn"][rows] == 1, closed, rows % 3 == 0], [3, 2, 1], 0)
    assets = np.where(f["area"][rows] == 1, rows * 131 % max(1, len(register.estate)), -1)
    has_exposure = f["severity"][rows] < 2
    return pa.table(
        {
            "finding_id": strings([f"FND-{row:04d}" for row in rows.tolist()]),
            "audit_id": strings([f"AUD-{row:03d}" for row in f["audit"][rows].tolist()]),
            "opened_on": days(f["opened"][rows]),
            "due_on": days(f["due"][rows]),
            "closed_on": days(np.where(closed, f["closed"][rows], 0), closed),
            "severity": text(_SEVERITIES, f["severity"][rows]),
            "category": text(_AREAS, f["area"][rows]),
            "status": text(["Open", "In progress", "Closed", "Withdrawn"], status),
            "repeat_of": strings([f"FND-{row:04d}" if row >= 0 else None for row in f["repeat"][rows].tolist()]),
            "asset_id": pick(register.asset_ids, assets),
            "financial_exposure": money(f["exposure"][rows], has_exposure),
            "currency": text(["USD"], np.where(has_exposure, 0, -1)),
        }
    )


def physical_count_feed(register: Register, seed: int, week: int, day: int) -> pa.Table | None:
    """A sample count of one site every sixth week, against the register of that week."""
    number = day // 42
    if (day - 7) // 42 == number:
        return None
    rng = stream(seed, "stocktake", number)
    estate, people = register.estate, register.people
    status, site, owner = (estate.frame(max(week - 1, 0), name) for name in ("status", "site", "owner"))
    place = number % len(SITES)
    there = np.flatnonzero(
        np.isin(status, (DEPLOYED, IN_STOCK))
        & (site == place)
        & (register.known_from <= day - 7)
        & (estate.asset_class != 10)
        & (register.defect < 0)
    )
    if not len(there):
        return None
    rows = np.sort(rng.choice(there, min(len(there), max(25, len(there) // 20)), replace=False))
    luck = rng.random(len(rows))
    lost, moved, handed_on = luck < 0.009, (luck > 0.2) & (luck < 0.211), (luck > 0.5) & (luck < 0.514)
    by_tag = (rows % 4 == 0) & ~lost
    found_site = np.where(lost, -1, np.where(moved, (place + 1) % len(SITES), place))
    holder = np.where(lost, -1, np.where(handed_on, (rows * 13 + 1) % np.count_nonzero(people.spell == 1), owner[rows]))
    unexpected = max(1, len(rows) // 150)
    index = np.concatenate([rows, np.full(unexpected, -1)])
    extra = np.full(unexpected, -1)
    count = len(index)
    return pa.table(
        {
            "count_id": strings([f"CNT-{number:05d}"] * count),
            "line_id": strings([f"{line + 1:05d}" for line in range(count)]),
            "counted_at": stamps(np.full(count, (day - 1) * DAY + 15 * 3600) + np.arange(count) * 40 % 7200),
            "location": text([s.name for s in SITES], np.full(count, place)),
            "expected_asset_id": pick(register.asset_ids, index),
            "found_serial": pick(
                register.true_serials, np.where(np.concatenate([lost | by_tag, extra < 0]), -1, index)
            ),
            "found_asset_tag": pick(register.tags, np.where(np.concatenate([lost, extra < 0]), -1, index)),
            "found_location": text([s.name for s in SITES], np.concatenate([found_site, np.full(unexpected, place)])),
            "found_person_id": pick(people.ids, np.concatenate([holder, extra])),
            "is_sample": flags(np.ones(count)),
        }
    )

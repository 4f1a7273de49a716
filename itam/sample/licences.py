"""Rights and seats: the feeds `entitlement` and `license_assignment`.

Here: what was bought, sized by what is used, and who sits on which seat. Not here: installs (software.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from itam.sample.columns import days, flags, money, pick, same, stamps, strings, text
from itam.sample.contracts import Contracts
from itam.sample.organisation import SERVER
from itam.sample.people import People
from itam.sample.software import TITLES, Installs
from itam.sample.timeline import DAY, FAR, Flags, Ints, Timeline, stream

M365, SAM = 0, 1
SEAT_SOURCES = ("m365", "flexera")


@dataclass(frozen=True)
class Plan:
    """A subscription by seat: who gets one, and how many seats lie idle."""

    publisher: str
    product: str
    contract: str
    usd_per_year: int
    share: float
    departments: tuple[int, ...] = ()
    idle: float = 0.10
    headroom: float = 1.06
    shows_activity: bool = True
    metric: str = "subscription_seat"
    ramp_days: int = 0
    source: int = SAM
    title: str = ""


PLANS = (
    Plan("Microsoft", "Microsoft 365 E3", "CT-M365", 396, 0.80, (), 0.085, 1.05, source=M365),
    Plan("Microsoft", "Microsoft 365 E5", "CT-M365", 636, 0.20, (), 0.10, 1.08, source=M365),
    Plan("Salesforce", "Sales Cloud Enterprise", "CT-SFDC", 1980, 0.85, (6, 9), 0.14, 1.09),
    Plan("Zoom", "Zoom Workplace Business", "CT-ZOOM", 180, 0.55, (), 0.16, 1.08),
    Plan("Slack", "Slack Business+", "CT-SLACK", 150, 0.70, (0, 1, 2), 0.07, 1.05),
    Plan("GitHub", "GitHub Enterprise", "CT-GITHUB", 252, 0.82, (0,), 0.10, 1.06),
    Plan("Figma", "Figma Organization", "CT-FIGMA", 540, 0.40, (0, 1, 7), 0.12, 1.12, ramp_days=300),
    Plan("ServiceNow", "ITSM Professional", "CT-SNOW", 1200, 0.75, (2,), 0.08, 1.10),
    Plan("DocuSign", "DocuSign Business Pro", "CT-DOCUSIGN", 480, 0.35, (4, 5, 6), 0.28, 1.15),
    Plan("Miro", "Miro Business", "CT-MIRO", 192, 0.30, (1, 7), 0.2, 1.1, shows_activity=False),
    Plan("Adobe", "Acrobat Pro", "CT-ADOBE", 240, 0, (), 0.10, 1.04, metric="named_user", title="Adobe Acrobat Pro"),
    Plan(
        "Adobe",
        "Creative Cloud All Apps",
        "CT-ADOBE",
        1080,
        0,
        (),
        0.08,
        1.03,
        metric="named_user",
        title="Adobe Creative Cloud",
    ),
    Plan("Adobe", "Photoshop", "CT-ADOBE", 420, 0, (), 0.09, 1.03, metric="named_user", title="Adobe Photoshop"),
    Plan(
        "JetBrains",
        "IntelliJ IDEA Ultimate",
        "CT-JETBRAINS",
        599,
        0,
        (),
        0.09,
        1.05,
        metric="named_user",
        title="IntelliJ IDEA Ultimate",
    ),
)


@dataclass
class Seats:
    """Seats as columns: a plan for a person from a day to a day."""

    plan: Ints
    person: Ints
    since: Ints
    until: Ints
    idle_from: Ints
    period: Ints
    is_service: Flags
    is_guest: Flags
    is_suspended: Flags


@dataclass
class Rights:
    """Entitlements as columns (few hundred at most, hence plain lists)."""

    rows: list[dict[str, object]]


def make_seats(seed: int, line: Timeline, people: People, installs: Installs) -> Seats:
    """Seats follow people: on a day after they join, until some time after they leave."""
    rng = stream(seed, "seats")
    end = people.end()
    first_plan = rng.random(len(people))
    chosen: list[tuple[Ints, int]] = []
    for number, plan in enumerate(PLANS):
        if plan.title:
            chosen.append((_users(installs, plan.title, line), number))
            continue
        if plan.source == M365:
            has = (first_plan < 0.80) if number == 0 else (first_plan >= 0.80)
        else:
            has = rng.random(len(people)) < plan.share
            has &= np.isin(people.department, plan.departments) if plan.departments else True
        chosen.append((np.flatnonzero(has), number))
    person = np.concatenate([rows for rows, _ in chosen])
    plan_of = np.concatenate([np.full(len(rows), number) for rows, number in chosen])
    count = len(person)
    ramp = np.array([p.ramp_days for p in PLANS])[plan_of]
    since = np.maximum(people.hired[person] + 1, line.origin - 500) + np.where(
        rng.random(count) < 0.75, rng.integers(0, 5, count), rng.integers(0, 300, count)
    )
    since = np.where(ramp > 0, np.maximum(since, line.as_of - 380 + (rng.random(count) * ramp).astype(np.int64)), since)
    forgotten = rng.random(count) < 0.06
    until = np.where(
        end[person] < FAR,
        end[person] + np.where(forgotten, rng.integers(60, 400, count), rng.integers(0, 21, count)),
        FAR,
    )
    idle_rate = np.array([p.idle for p in PLANS])[plan_of]
    never = rng.random(count) < idle_rate * 0.3
    resting = rng.random(count) < idle_rate * 0.85
    idle_from = np.where(resting, np.maximum(since, line.first - 300) + rng.integers(20, 420, count), FAR)
    idle_from = np.where(never, 0, idle_from)
    is_service = rng.random(count) < np.where(np.array([p.source for p in PLANS])[plan_of] == M365, 0.008, 0.003)
    return Seats(
        plan=plan_of,
        person=person,
        since=since,
        until=until,
        idle_from=idle_from,
        period=np.where(rng.random(count) < 0.05, rng.integers(20, 50, count), rng.integers(1, 8, count)),
        is_service=is_service,
        is_guest=rng.random(count) < 0.006,
        is_suspended=rng.random(count) < 0.008,
    )


def _users(installs: Installs, title: str, line: Timeline) -> Ints:
    """Everybody who held a device with a program at some delivery of the history."""
    devices = installs.devices
    titles = [n for n, t in enumerate(TITLES) if t.name.startswith(title) and "Reader" not in t.name]
    device = np.unique(installs.device[np.isin(installs.title, titles)])
    weeks = sorted({0, line.weeks // 3, 2 * line.weeks // 3, line.weeks - 1})
    owners = np.concatenate([devices.owner_at(week)[device] for week in weeks])
    result: Ints = np.unique(owners[owners >= 0])
    return result


def license_assignment_feed(seats: Seats, people: People, source: int, day: int) -> pa.Table:
    """One tool's seats on a day; deleted accounts stay listed for a month."""
    mine = np.array([p.source for p in PLANS])[seats.plan] == source
    rows = np.flatnonzero(mine & (seats.since <= day) & (day < seats.until + 30))
    plan, person = seats.plan[rows], seats.person[rows]
    deleted = seats.until[rows] <= day
    end = people.end()[person]
    last = np.minimum(np.minimum(day - 1, end), seats.idle_from[rows])
    active = last - (last + rows) % seats.period[rows]
    shows = np.array([p.shows_activity for p in PLANS])[plan]
    was_active = shows & (active > seats.since[rows])
    status = np.select([deleted, seats.is_suspended[rows]], [2, 1], 0)
    evidence = np.where(np.array([p.metric == "named_user" for p in PLANS])[plan], 1, 0)
    return pa.table(
        {
            "assignment_id": strings([f"{'m' if source == M365 else 'f'}{row:08d}" for row in rows.tolist()]),
            "publisher": text([p.publisher for p in PLANS], plan),
            "product": text([p.product for p in PLANS], plan),
            "entitlement_id": same(None, len(rows)),
            "account_ref": pick(people.upns, person),
            "device_id": same(None, len(rows)),
            "person_id": pick(people.ids, person, np.full(len(rows), source == SAM) & (rows % 5 != 0)),
            "assigned_at": stamps(seats.since[rows] * DAY + 10 * 3600),
            "account_status": text(["active", "suspended", "deleted"], status),
            "is_service": flags(seats.is_service[rows]),
            "is_guest": flags(seats.is_guest[rows]),
            "activity_supported": flags(shows),
            "last_activity_at": stamps(np.maximum(active, 0) * DAY + 15 * 3600, was_active),
            "evidence_source": text(["app", "sso"], evidence, shows),
        }
    )


def make_rights(seed: int, line: Timeline, installs: Installs, seats: Seats, contracts: Contracts) -> Rights:
    """What procurement bought: near what is needed, short in two products, generous in a few."""
    rng = stream(seed, "rights")
    middle = line.first + (line.as_of - line.first) // 2
    rows: list[dict[str, Any]] = []

    def add(publisher: str, product: str, metric: str, quantity: int, **more: object) -> str:
        entitlement = f"ENT-{len(rows) + 1:05d}"
        rows.append(
            {
                "entitlement_id": entitlement,
                "publisher": publisher,
                "product": product,
                "metric": metric,
                "quantity": quantity,
                "license_type": "perpetual",
                "start": line.origin - 700,
                "status": ("Active", "In use", "Published")[len(rows) % 3],
                "currency": "USD",
                **more,
            }
        )
        return entitlement

    def perpetual(
        publisher: str,
        product: str,
        metric: str,
        titles: tuple[str, ...],
        factor: float,
        usd: int,
        weight: Ints | None = None,
        **more: object,
    ) -> str:
        """A base purchase sized for the start, and a top-up in the middle of the history."""
        before = _needed(installs, titles, line.first, weight)
        after = _needed(installs, titles, line.as_of, weight)
        pack = 2 if more.get("rights_per_pack") else 1
        base = max(1, round(before * factor / pack))
        first = add(publisher, product, metric, base, unit_cents=usd * 100, **more)
        extra = round(after * factor / pack) - base
        if extra > 0:
            add(publisher, product, metric, extra, unit_cents=usd * 100, **{**more, "start": middle})
        return first

    office = perpetual(
        "Microsoft",
        "Office Professional Plus",
        "per_device",
        ("Microsoft Office Professional Plus 2021", "Microsoft Word"),
        1.035,
        420,
        version="2021",
        downgrade=True,
        rule="default_device",
    )
    add(
        "Microsoft",
        "Office Professional Plus",
        "per_device",
        rows[0]["quantity"],
        license_type="maintenance",
        start=line.origin - 300,
        end=line.as_of + 240,
        base=office,
        unit_cents=6100,
        contract=contracts.term_at("CT-MS-EA", line.as_of),
    )
    perpetual(
        "Microsoft",
        "Office Professional Plus",
        "per_device",
        ("Microsoft Office Professional Plus 2019",),
        1.02,
        380,
        version="2019",
        rule="default_device",
    )
    add(
        "Microsoft",
        "Office Professional Plus",
        "per_device",
        -3,
        version="2019",
        start=line.first + 30,
        unit_cents=38_000,
    )
    visio = ("Microsoft Visio Professional 2021", "Microsoft Visio Professional 2019", "Visio Pro 2016")
    perpetual("Microsoft", "Visio Professional", "per_device", visio[:1], 0.80, 560, version="2021", downgrade=True)
    perpetual("Microsoft", "Visio Professional", "per_device", visio[1:], 1.02, 520, version="2019", downgrade=True)
    perpetual("Microsoft", "Project Professional", "per_user", ("Microsoft Project",), 1.06, 1030, rule="default_user")
    cores = np.where(
        installs.devices.asset_class == SERVER, np.maximum(installs.devices.sockets * installs.devices.cores, 16), 0
    )
    sql = perpetual(
        "Microsoft",
        "SQL Server Standard",
        "per_core",
        ("Microsoft SQL Server",),
        0.965,
        3586,
        cores,
        rule="core_16_8_2",
        rights_per_pack=2,
    )
    add(
        "Microsoft",
        "SQL Server Standard",
        "per_core",
        2,
        license_type="maintenance",
        start=line.origin - 300,
        end=line.as_of + 210,
        base=sql,
        unit_cents=89_000,
        contract=contracts.term_at("CT-MSSQL-SA", line.as_of),
    )
    perpetual(
        "VMware",
        "vSphere Standard",
        "per_processor",
        ("VMware vSphere",),
        1.05,
        1180,
        installs.devices.sockets,
        rule="processor_32",
    )
    autocad = max(1, round(_needed(installs, ("Autodesk AutoCAD",), line.as_of, None) * 1.05))
    add(
        "Autodesk",
        "AutoCAD",
        "per_device",
        autocad,
        license_type="subscription",
        start=line.origin - 60,
        end=line.as_of + 150,
        unit_cents=187_500,
        contract=contracts.term_at("CT-AUTODESK", line.as_of),
    )
    add("Autodesk", "AutoCAD LT", "per_device", max(1, autocad // 30), unit_cents=44_000)
    add(
        "Esri",
        "ArcGIS Pro",
        "per_device",
        1,
        is_unlimited=True,
        license_type="subscription",
        start=line.origin,
        end=line.as_of + 90,
        annual_cents=5_200_000,
        contract=contracts.term_at("CT-ESRI", line.as_of),
    )
    add("Micro Focus", "LoadRunner", "concurrent", 25, unit_cents=310_000)
    add("Adobe", "Illustrator", "named_user", 1, status="Draft", unit_cents=42_000)
    for number, plan in enumerate(PLANS):
        _subscriptions(rows, number, plan, seats, line, contracts, float(rng.uniform(-0.01, 0.02)), add)
    return Rights(rows)


def _needed(installs: Installs, titles: tuple[str, ...], day: int, weight: Ints | None) -> int:
    """Installs of some programs on devices in use on a day, or the sum of a weight of their devices."""
    wanted = [n for n, t in enumerate(TITLES) if t.name.startswith(titles)]
    devices = installs.devices
    alive = (devices.since <= day) & (devices.until > day) & (devices.asset >= 0)
    rows = np.isin(installs.title, wanted) & (installs.since <= day) & (day < installs.until)
    rows &= alive[installs.device]
    device = np.unique(installs.device[rows])
    return len(device) if weight is None else int(weight[device].sum())


def _subscriptions(
    rows: list[dict[str, object]],
    number: int,
    plan: Plan,
    seats: Seats,
    line: Timeline,
    contracts: Contracts,
    luck: float,
    add: object,
) -> None:
    """One right per term of the contract, sized for the end of the term (ramp-ups were bought in full)."""
    mine = seats.plan == number
    terms = [n for n, name in enumerate(contracts.ids) if name.startswith(plan.contract)]
    for term in terms:
        if contracts.end[term] < line.origin:
            continue
        day = min(int(contracts.end[term]), line.as_of)
        if plan.ramp_days:
            day = line.as_of
        held = int((mine & (seats.since <= day) & (day < seats.until) & ~seats.is_guest).sum())
        quantity = max(1, round(held * (plan.headroom + luck)))
        add(
            plan.publisher,
            plan.product,
            plan.metric,
            quantity,
            license_type="subscription",  # type: ignore[operator]
            start=int(contracts.start[term]),
            end=int(contracts.end[term]),
            unit_cents=plan.usd_per_year * 100,
            contract=contracts.ids[term],
            rule="seat" if plan.metric == "subscription_seat" else "named_user",
        )


def entitlement_feed(rights: Rights, day: int) -> pa.Table:
    """All rights known on a day."""
    rows = [row for row in rights.rows if int(str(row["start"])) <= day + 14]

    def words(name: str) -> pa.Array:
        return strings([None if row.get(name) is None else str(row[name]) for row in rows])

    def numbers(name: str) -> tuple[Ints, Flags]:
        values = [row.get(name) for row in rows]
        return (
            np.array([0 if v is None else int(str(v)) for v in values], dtype=np.int64),
            np.array([v is not None for v in values], dtype=bool),
        )

    quantity, _ = numbers("quantity")
    unit, has_unit = numbers("unit_cents")
    annual, has_annual = numbers("annual_cents")
    end, has_end = numbers("end")
    per_pack, has_pack = numbers("rights_per_pack")
    return pa.table(
        {
            "entitlement_id": words("entitlement_id"),
            "publisher": words("publisher"),
            "product": words("product"),
            "version": words("version"),
            "edition": same(None, len(rows)),
            "license_type": words("license_type"),
            "metric": words("metric"),
            "metric_rule_id": words("rule"),
            "quantity": money(quantity * 100),
            "rights_per_pack": money(per_pack * 100, has_pack),
            "is_unlimited": flags(np.array([bool(row.get("is_unlimited")) for row in rows])),
            "start_date": days(numbers("start")[0]),
            "end_date": days(end, has_end),
            "base_entitlement_id": words("base"),
            "downgrade_allowed": flags(np.array([bool(row.get("downgrade")) for row in rows])),
            "maintenance_end": same(None, len(rows)),
            "scope_type": same(None, len(rows)),
            "scope_value": same(None, len(rows)),
            "unit_cost": money(unit, has_unit),
            "annual_cost": money(annual, has_annual),
            "currency": words("currency"),
            "contract_id": words("contract"),
            "status": words("status"),
        }
    )

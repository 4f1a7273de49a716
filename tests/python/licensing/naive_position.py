"""The licence rules read naively, for one day: lists, loops and no spans.

Here: what rules K14, K15s and K19 to K21 say, as slowly and plainly as possible, to hold the models against. It knows
the shipped policy (suite, rules) only as the few constants below. Not here: identity, money, files.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from tests.python.licensing.test_shortfall import unmet
from tests.python.money.money_warehouse import Delivery

Row = Mapping[str, str | None]

CARRY = {"entitlement": 40}
OFFICE = "microsoft|office professional plus"
COMPONENTS = {"word": True, "excel": True, "powerpoint": False, "outlook": False, "access": False}
COUNTABLE = {"per_device", "per_user", "named_user", "per_core", "per_processor", "subscription_seat"}
BY_USER = {"per_user", "named_user", "subscription_seat"}
DENIED, UNLISTED = {"teamviewer|teamviewer"}, {"rarlab|winrar"}
# what the titles of licence_rows are: product and version, or nothing when no right is needed
PRODUCTS: dict[str, tuple[str, str | None]] = {
    "Microsoft Visio Professional 2016": ("microsoft|visio professional", "2016"),
    "Microsoft Visio Professional 2019": ("microsoft|visio professional", "2019"),
    "Microsoft Visio Professional 2021": ("microsoft|visio professional", "2021"),
    "Microsoft Office Professional Plus 2021": (OFFICE, "2021"),
    "Microsoft Word": ("microsoft|word", "@"),
    "Microsoft Excel": ("microsoft|excel", "@"),
    "Microsoft Access": ("microsoft|access", "@"),
    "Microsoft Outlook": ("microsoft|outlook", "@"),
    "Microsoft Project Professional": ("microsoft|project professional", None),
    "Microsoft SQL Server 2019 Standard Edition": ("microsoft|sql server standard", None),
    "Adobe  Acrobat Pro (64-bit)": ("adobe|acrobat pro", None),
    "AutoCAD 2025": ("autodesk|autocad", None),
    "TeamViewer": ("teamviewer|teamviewer", None),
}
KNOWN_AND_FREE = {"7-Zip 23.01"}


@dataclass
class Cells:
    """Numerators and denominators by KPI."""

    parts: dict[str, tuple[Fraction, Fraction]] = field(default_factory=dict)
    known: int = 0
    titles: int = 0


def day_of(text: str | None) -> date | None:
    """The day of a canonical date or timestamp."""
    return None if text is None else datetime.fromisoformat(text).date()


def state(deliveries: Sequence[Delivery], feed: str, day: date) -> list[tuple[str, Row]]:
    """Rows with their source: the newest delivery of each source, if any source is fresh enough."""
    newest: dict[str, Delivery] = {}
    for one in sorted(deliveries, key=lambda d: d.extracted_at):
        if one.feed == feed and (day_of(one.extracted_at) or day) <= day:
            newest[one.source] = one
    days = [day_of(one.extracted_at) or day for one in newest.values()]
    if not days or max(days) < day - timedelta(days=CARRY.get(feed, 10)):
        return []
    return [(source, row) for source, one in newest.items() for row in one.rows]


def is_true(text: str | None) -> bool:
    """A boolean as landing writes it."""
    return text == "true"


@dataclass
class Estate:
    """What is where on the day: confirmed devices, the users of all, and install rows of the confirmed ones."""

    day: date
    device: dict[str, Row]
    owner: dict[str, str]
    rows: list[tuple[str, Row]]


def estate(deliveries: Sequence[Delivery], day: date) -> Estate:
    """Devices match assets by serial number here; every device has one and they are unique."""
    registered = {row["serial_number"]: row for _, row in state(deliveries, "hardware_asset", day)}
    upns: dict[str, set[str]] = defaultdict(set)
    for _, person in state(deliveries, "person", day):
        for name in (person["person_id"], person.get("upn")):
            if name:
                upns[name.lower()].add(str(person["person_id"]))
    device, owner = {}, {}
    for _, row in state(deliveries, "device_discovery", day):
        asset = registered.get(row["serial_number"], {})
        seen = day_of(row["last_seen_at"]) or day
        key = str(row["device_id"])
        if seen >= day - timedelta(days=90) and asset.get("status") not in ("retired", "disposed"):
            device[key] = row
        people = upns.get((row.get("user_ref") or "").lower(), set())
        if asset.get("assigned_person_id"):
            owner[key] = f"person:{asset['assigned_person_id']}"
        elif len(people) == 1:
            owner[key] = f"person:{next(iter(people))}"
        else:
            owner[key] = f"device:{key}"
    rows = [
        (str(row["device_id"]), row)
        for _, row in state(deliveries, "software_install", day)
        if row["device_id"] in device
    ]
    return Estate(day, device, owner, rows)


def product_of(row: Row) -> tuple[str, str | None] | None:
    """Product and version of an install row."""
    product = PRODUCTS.get(str(row["raw_name"]))
    if product is None:
        return None
    name, version = product
    if version == "@":
        return name, (row.get("raw_version") or "").split(".")[0] or None
    return name, version


@dataclass
class Product:
    """One product's rights and terms on the day."""

    rights: list[tuple[str, str | None, int]] = field(default_factory=list)
    entitled: set[str | None] = field(default_factory=set)
    by_rule: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    is_unlimited: bool = False
    annual_cost: Fraction = Fraction(0)

    @property
    def metric(self) -> str | None:
        """The metric with most rights."""
        totals: dict[str, int] = defaultdict(int)
        for (metric, _), rights in self.by_rule.items():
            totals[metric] += rights
        return min(totals, key=lambda m: (-totals[m], m)) if totals else None

    @property
    def rule(self) -> str:
        """The rule with most rights among those of the metric."""
        rules = {rule: rights for (metric, rule), rights in self.by_rule.items() if metric == self.metric}
        return min(rules, key=lambda r: (-rules[r], r == "", r)) if rules else ""

    @property
    def total(self) -> int:
        """All rights, each version pool at least nothing."""
        pools: dict[tuple[str, str | None], int] = defaultdict(int)
        for kind, version, rights in self.rights:
            pools[kind, version] += rights
        return sum(max(rights, 0) for rights in pools.values())


def owned(deliveries: Sequence[Delivery], day: date) -> dict[str, Product]:
    """Active entitlements by product."""
    products: dict[str, Product] = defaultdict(Product)
    for _, row in state(deliveries, "entitlement", day):
        ends = day_of(row.get("end_date"))
        started = day_of(row["start_date"]) or day
        if row.get("status") not in (None, "active") or started > day or (ends is not None and ends < day):
            continue
        product = products[f"{row['publisher']}|{row['product']}".lower()]
        product.annual_cost += Fraction(row.get("annual_cost") or "0")
        if row["license_type"] == "maintenance":
            continue
        rights = int(row["quantity"] or 0) * int(row.get("rights_per_pack") or 1)
        maintained = day_of(row.get("maintenance_end"))
        version = row.get("version")
        if row["license_type"] == "subscription" or version is None or (maintained is not None and maintained >= day):
            product.rights.append(("any_version", None, rights))
        else:
            product.rights.append(("downgrade" if is_true(row.get("downgrade_allowed")) else "exact", version, rights))
        product.entitled.add(version)
        metric = str(row["metric"])
        product.is_unlimited |= metric == "unlimited" or is_true(row.get("is_unlimited"))
        product.by_rule["per_device" if metric == "named_device" else metric, row.get("metric_rule_id") or ""] += rights
    return products


def after_suites(found: set[tuple[str, str, str | None]], office: Product | None) -> set[tuple[str, str, str | None]]:
    """K14.2 for the one suite of the titles."""
    result = set(found)
    for device in {d for d, _, _ in found}:
        parts = {(p, v) for d, p, v in found if d == device and p.split("|")[1] in COMPONENTS}
        names = {p.split("|")[1] for p, _ in parts}
        mandatory = {name for name, needed in COMPONENTS.items() if needed}
        if any(p == OFFICE for d, p, _ in found if d == device):
            result -= {(device, p, v) for p, v in parts}
        elif mandatory <= names and len(names) * 100 >= 60 * len(COMPONENTS):
            result -= {(device, p, v) for p, v in parts}
            versions = [v for _, v in parts if v is not None and office is not None and v in office.entitled]
            result.add((device, OFFICE, max(versions, default=None)))
    return result


def need_of(product: Product, metric: str, devices: Sequence[Row], installs: int, seats: int) -> int:
    """K14.4 for one consumer."""
    sockets = int(devices[0].get("cpu_sockets") or 1) if devices else 1
    cores = int(devices[0].get("cores_per_socket") or 1) if devices else 1
    match metric:
        case "per_device":
            return installs
        case "per_user":
            return math.ceil(len(devices) / (5 if product.rule == "user_five_devices" else 1))
        case "named_user":
            return 1
        case "subscription_seat":
            return seats
        case "per_core":
            if product.rule != "core_16_8_2":
                return sockets * cores
            return math.ceil(max(sockets * cores, 16, sockets * 8) / 2) * 2
        case _:
            return sockets * (math.ceil(cores / 32) if product.rule == "processor_32" else 1)


@dataclass
class Consumer:
    """One consumer of one product."""

    devices: list[str] = field(default_factory=list)
    versions: list[str | None] = field(default_factory=list)
    seats: int = 0
    need: int = 0


def holder(row: Row, people: Mapping[str, set[str]], ground: Estate) -> str:
    """Whose a seat is."""
    if row.get("person_id"):
        return f"person:{row['person_id']}"
    if row.get("account_ref"):
        found = people.get(str(row["account_ref"]).lower(), set())
        return f"person:{next(iter(found))}" if len(found) == 1 else f"account:{str(row['account_ref']).lower()}"
    return ground.owner.get(str(row.get("device_id")), f"device:{row.get('device_id')}")


def compute(deliveries: Sequence[Delivery], day: date) -> Cells:
    """All licence KPIs of the day, `all` only."""
    cells = Cells()
    ground = estate(deliveries, day)
    products = owned(deliveries, day)
    seats = [row for _, row in state(deliveries, "license_assignment", day)]
    people: dict[str, set[str]] = defaultdict(set)
    for _, person in state(deliveries, "person", day):
        for name in (person["person_id"], person.get("upn")):
            if name:
                people[name.lower()].add(str(person["person_id"]))

    titles = {(d, r.get("raw_publisher"), r["raw_name"], r.get("raw_version")) for d, r in ground.rows}
    cells.titles = len(titles)
    cells.known = sum(1 for _, _, name, _ in titles if name in PRODUCTS or name in KNOWN_AND_FREE)

    found = {(d, *p) for d, r in ground.rows if (p := product_of(r)) is not None}
    bad = sum(1 for _, p, _ in found if p in DENIED | UNLISTED)
    cells.parts["unauthorized_software_pct"] = Fraction(bad), Fraction(len(found))
    installs = after_suites(found, products.get(OFFICE))

    compliant = licensable = covered = required = Fraction(0)
    holders = {str(r["assignment_id"]): holder(r, people, ground) for r in seats}
    consumers: dict[str, dict[str, Consumer]] = defaultdict(lambda: defaultdict(Consumer))
    metrics: dict[str, str] = {}
    names = {p for _, p, _ in installs} | {f"{r['publisher']}|{r['product']}".lower() for r in seats}
    for name in names:
        product = products.get(name) or Product()
        here = [(d, v) for d, p, v in installs if p == name]
        metric = product.metric or ("per_device" if here else "subscription_seat")
        if product.is_unlimited or metric not in COUNTABLE:
            continue
        metrics[name] = metric
        users = consumers[name]
        for d, v in here:
            consumer = users[ground.owner[d] if metric in BY_USER else f"device:{d}"]
            consumer.devices.append(d)
            consumer.versions.append(v)
        for row in seats:
            if f"{row['publisher']}|{row['product']}".lower() != name or row.get("account_status") == "deleted":
                continue
            key = holders[str(row["assignment_id"])] if metric in BY_USER else f"device:{row.get('device_id')}"
            if metric in ("named_user", "subscription_seat") or (key in users and users[key].devices):
                users[key].seats += 1
        for consumer in users.values():
            rows = [ground.device[d] for d in sorted(set(consumer.devices))]
            consumer.need = need_of(product, metric, rows, len(consumer.devices), consumer.seats)
        needs = [(max((v for v in c.versions if v), default=None), c.need) for c in users.values()]
        total = sum(need for _, need in needs)
        met = total - unmet(needs, product.rights)
        covered, required = covered + met, required + total
        running = 0
        order = [c for c in users.values() if c.seats > 0 or metric != "subscription_seat"]
        licensable += sum(len(c.devices) for c in users.values())
        for consumer in sorted(order, key=lambda c: (c.seats == 0, c.need, -len(c.devices))):
            running += consumer.need
            if running > met:
                break
            compliant += 0 if name in DENIED else len(consumer.devices)
    cells.parts["license_compliance_rate"] = compliant, licensable
    cells.parts["license_position_rate"] = covered, required

    subscriptions(cells, products, seats, holders, day)
    shelf(cells, products, consumers, metrics, ground, seats, holders, installs, day)
    return cells


def subscriptions(
    cells: Cells, products: Mapping[str, Product], seats: Sequence[Row], holders: Mapping[str, str], day: date
) -> None:
    """K20."""
    used = bought = active_all = allocated = 0
    for name, product in products.items():
        if product.metric != "subscription_seat" or product.is_unlimited or product.total <= 0:
            continue
        able = [
            r for r in seats if f"{r['publisher']}|{r['product']}".lower() == name and is_true(r["activity_supported"])
        ]
        held = [
            r
            for r in able
            if r.get("account_status") != "deleted"
            and not is_true(r.get("is_service"))
            and not is_true(r.get("is_guest"))
            and ((given := day_of(r.get("assigned_at"))) is None or given < day - timedelta(days=13))
        ]
        active = {
            holders[str(r["assignment_id"])]
            for r in held
            if r.get("account_status") != "suspended"
            and (last := day_of(r.get("last_activity_at"))) is not None
            and last >= day - timedelta(days=29)
        }
        active_all, allocated = active_all + len(active), allocated + len(held)
        if able:
            used, bought = used + min(product.total, len(active)), bought + product.total
    cells.parts["saas_utilization_rate"] = Fraction(used), Fraction(bought)
    cells.parts["saas_assigned_utilization_rate"] = Fraction(active_all), Fraction(allocated)


@dataclass
class Evidence:
    """What the records of one consumer show."""

    supported: bool = False
    settled: bool = False
    ever: bool = False
    used: bool = False
    minutes: int | None = None

    def is_idle(self, can_see: bool) -> bool:
        """Never used where use can be seen, no longer, or rarely."""
        if not self.ever:
            return can_see
        return not self.used or (self.minutes is not None and self.minutes < 60)

    def add(self, since: date | None, last: date | None, minutes: int | None, day: date) -> None:
        """One more supported record."""
        window = day - timedelta(days=89)
        self.supported = True
        self.settled |= since is None or since < window
        self.ever |= last is not None
        self.used |= last is not None and last >= window
        if minutes is not None:
            self.minutes = (self.minutes or 0) + minutes


def shelf(
    cells: Cells,
    products: Mapping[str, Product],
    consumers: Mapping[str, Mapping[str, Consumer]],
    metrics: Mapping[str, str],
    ground: Estate,
    seats: Sequence[Row],
    holders: Mapping[str, str],
    installs: set[tuple[str, str, str | None]],
    day: date,
) -> None:
    """K19 and K21."""
    used_cost = measurable_cost = shelf_cost = undeployed_cost = evident_cost = Fraction(0)
    for name, product in products.items():
        metric = product.metric
        if metric is None or product.is_unlimited or metric not in COUNTABLE or product.total <= 0:
            continue
        evidence: dict[str, Evidence] = defaultdict(Evidence)
        needs: dict[str, int] = {}
        if metric in ("named_user", "subscription_seat"):
            for row in seats:
                if (
                    f"{row['publisher']}|{row['product']}".lower() != name
                    or row.get("account_status") == "deleted"
                    or is_true(row.get("is_service"))
                    or is_true(row.get("is_guest"))
                ):
                    continue
                key = holders[str(row["assignment_id"])]
                needs[key] = 1
                if is_true(row["activity_supported"]):
                    evidence[key].add(day_of(row.get("assigned_at")), day_of(row.get("last_activity_at")), None, day)
        else:
            inferred = {d for d, p, _ in installs if p == OFFICE}
            for key, consumer in consumers.get(name, {}).items():
                if not consumer.devices or metrics.get(name) != metric:
                    continue
                needs[key] = consumer.need
                for device, row in ground.rows:
                    found = product_of(row)
                    if device not in consumer.devices or found is None or not is_true(row["usage_supported"]):
                        continue
                    has_suite = any(d == device and (product_of(r) or ("",))[0] == OFFICE for d, r in ground.rows)
                    part = name == OFFICE and found[0].split("|")[1] in COMPONENTS
                    if found[0] == name or (part and device in inferred and not has_suite):
                        minutes = row.get("usage_minutes_90d")
                        evidence[key].add(
                            day_of(row.get("install_date")),
                            day_of(row.get("last_used_at")),
                            None if minutes is None else int(minutes),
                            day,
                        )
        seen = {key: evidence[key] for key in needs}
        used = min(product.total, sum(needs[k] for k, e in seen.items() if e.used))
        can_see = any(e.ever for e in seen.values())
        idle = sum(needs[k] for k, e in seen.items() if e.supported and e.settled and e.is_idle(can_see))
        unknown = min(product.total, sum(needs[k] for k, e in seen.items() if not e.supported))
        price = product.annual_cost / product.total
        if any(e.supported for e in seen.values()):
            used_cost, measurable_cost = used_cost + price * used, measurable_cost + product.annual_cost
        shelf_cost += price * min(idle, max(product.total - used, 0))
        undeployed_cost += price * max(product.total - sum(needs.values()), 0)
        evident_cost += product.annual_cost - price * unknown
    cells.parts["license_utilization_rate"] = used_cost, measurable_cost
    cells.parts["shelfware_pct"] = shelf_cost, evident_cost
    cells.parts["shelfware_total_pct"] = shelf_cost + undeployed_cost, evident_cost

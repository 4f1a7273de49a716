"""The rules of the asset, discovery and patch KPIs read naively: one day, one thing, one sentence at a time.

Here: the sentences, over whole deliveries kept in memory, with no thought for speed. Not here: spans, SQL, and anything
that was learnt from the models.
"""

from __future__ import annotations

import calendar
import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path

from tests.python.kernel.dirty_organisation import Delivery

SEEDS = Path(__file__).resolve().parents[3] / "seeds"
NO_DAYS = {"", "0000-00-00", "1970-01-01", "9999-12-31"}
OBSERVATIONS = {"last_seen_at", "last_user_activity_at", "checked_at", "last_verified_at", "last_changed_at"}
PLACEHOLDERS = [
    "TO BE FILLED BY O.E.M.",
    "SYSTEM SERIAL NUMBER",
    "DEFAULT STRING",
    "NONE",
    "N/A",
    "0",
    "00000000",
    "123456789",
]
ESTATE = {"received", "in_stock", "deployed", "in_repair", "missing"}
ASSET_DIMENSIONS = ("asset_class", "department", "cost_center", "location", "manufacturer")
NEEDS = {
    "asset_utilization_rate": ("hardware_asset", "device_discovery"),
    "deployment_rate": ("hardware_asset",),
    "assets_over_life_pct": ("hardware_asset",),
    "assets_past_eol_pct": ("hardware_asset", "product_lifecycle"),
    "asset_discovery_rate": ("hardware_asset", "device_discovery"),
    "agent_coverage_rate": ("hardware_asset", "device_discovery"),
    "inventory_accuracy_rate": ("hardware_asset",),
    "unauthorized_asset_pct": ("hardware_asset", "device_discovery"),
    "patch_compliance_rate": ("patch_status", "patch_catalog", "device_discovery"),
    "patch_instance_compliance_rate": ("patch_status", "patch_catalog", "device_discovery"),
    "critical_patch_on_time_rate": ("patch_status", "patch_catalog", "device_discovery"),
}

WITH_COVERAGE = {
    "asset_utilization_rate",
    "assets_over_life_pct",
    "assets_past_eol_pct",
    "patch_compliance_rate",
    "patch_instance_compliance_rate",
}

Values = Mapping[str, str | None]


def seed(name: str) -> list[dict[str, str]]:
    """The rows of a policy seed."""
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day_of(text: str | None) -> date | None:
    """A date of a row."""
    return date.fromisoformat(text[:10]) if text else None


def moment_of(text: str | None) -> datetime | None:
    """A time of a row."""
    return datetime.fromisoformat(text) if text else None


def plain(text: str | None) -> str | None:
    """Trimmed and without case; nothing when blank."""
    return (text or "").strip().lower() or None


def letters(text: str | None) -> str:
    """Upper case, alphanumerics only."""
    return re.sub("[^A-Z0-9]", "", (text or "").upper())


def is_placeholder(text: str | None) -> bool:
    """G9, without the rule of length."""
    bare = letters(text)
    return bare in map(letters, PLACEHOLDERS) or len(set(bare)) <= 1


def serial_of(text: str | None) -> str | None:
    """G9: a serial number, or nothing where it is a placeholder."""
    bare = letters(text)
    return None if len(bare) < 4 or is_placeholder(text) else bare


def like(text: str | None, pattern: str) -> bool:
    """SQL's LIKE without case; nothing is empty."""
    form = ".*".join(re.escape(part) for part in pattern.strip().lower().split("%"))
    return re.fullmatch(form, (text or "").strip().lower()) is not None


def completed_months(start: date, end: date) -> int:
    """Whole months from start to end; the anniversary of a 31st is the last day of a shorter month."""
    months = 0
    while True:
        year, month = divmod(start.year * 12 + start.month - 1 + months + 1, 12)
        last = calendar.monthrange(year, month + 1)[1]
        if date(year, month + 1, min(start.day, last)) > end:
            return months
        months += 1


@dataclass(frozen=True)
class Record:
    """A row of the state: who said it and when."""

    source: str
    at: datetime
    values: Values

    def __getitem__(self, name: str) -> str | None:
        return self.values.get(name)

    def day(self, name: str) -> date | None:
        """A date."""
        return day_of(self[name])

    def moment(self, name: str) -> datetime | None:
        """A time; an observation is never later than the delivery that brings it."""
        found = moment_of(self[name])
        return min(found, self.at) if found and name in OBSERVATIONS else found

    def is_true(self, name: str) -> bool:
        """A flag; null is false."""
        return plain(self[name]) == "true"


@dataclass(frozen=True)
class Member:
    """What one entity contributes to a KPI on a day."""

    numerator: int
    denominator: int
    slices: Mapping[str, str | None]
    covered: int = 1
    population: int = 1


@dataclass(frozen=True)
class Cell:
    """Numerator, denominator, and what coverage is made of, where the KPI has one."""

    numerator: int | None
    denominator: int | None
    covered: int | None
    population: int | None


class Policy:
    """The seeds, as look-ups."""

    def __init__(self) -> None:
        self.classes = {row["asset_class"]: row for row in seed("class_policy")}
        self.class_alias = {
            "_".join(row["raw_class"].lower().split()): row["asset_class"] for row in seed("class_alias")
        }
        self.makers = {
            row["raw_manufacturer"].strip().lower(): row["manufacturer"] for row in seed("manufacturer_alias")
        }
        self.statuses = {
            tuple((row[name] or "").strip().lower() for name in ("source_system", "raw_status", "raw_substatus")): row[
                "canonical_status"
            ]
            for row in seed("status_map")
            if row["feed"] in ("", "hardware_asset")
        }
        self.sla = {row["severity"]: timedelta(hours=int(row["deadline_hours"])) for row in seed("sla_policy")}
        self.systems = seed("os_lifecycle_alias")
        self.denied = [
            (row["item_type"], row["name"].lower()) for row in seed("approved_catalog") if row["decision"] == "deny"
        ]
        self.carry = {row["feed"]: int(row["carry_days"]) for row in seed("feed_policy") if row["carry_days"]}

    def asset_class(self, raw: str | None) -> str | None:
        """Canonical class, `(unmapped)` where unknown, nothing where blank."""
        if not (raw or "").strip():
            return None
        name = re.sub(r"\s+", "_", (raw or "").strip().lower())
        return name if name in self.classes else self.class_alias.get(name, "(unmapped)")

    def has(self, asset_class: str | None, flag: str) -> bool:
        """A flag of a class; an unknown one has none."""
        return self.classes.get(asset_class or "", {}).get(flag) == "true"

    def maker(self, raw: str | None) -> str | None:
        """Canonical manufacturer without case."""
        name = plain(raw)
        return self.makers.get(name, name).lower() if name else None

    def status(self, source: str, raw: str | None, sub: str | None) -> str | None:
        """G10: the substatus first, then any; the source first, then its prefix, then all."""
        for substatus in dict.fromkeys([(sub or "").strip().lower(), ""]):
            for system in (source, source.split("-")[0], "*"):
                if found := self.statuses.get((system, (raw or "").strip().lower(), substatus)):
                    return found
        return None


class Organisation:
    """Accepted deliveries, blanks and impossible days read as nothing."""

    def __init__(self, deliveries: Iterable[Delivery]) -> None:
        self.policy = Policy()
        self.deliveries: dict[str, list[Delivery]] = defaultdict(list)
        for delivery in sorted(deliveries, key=lambda one: one.at):
            rows = [
                {name: None if value is None or value.strip() in NO_DAYS else value for name, value in row.items()}
                for row in delivery.rows
            ]
            self.deliveries[delivery.feed].append(Delivery(delivery.source, delivery.feed, delivery.at, rows))


class Asset:
    """A resolved asset of the state: its rows and the one that survives."""

    def __init__(self, key: tuple[str, ...], rows: Sequence[RegisterRow]) -> None:
        self.key, self.rows = key, rows
        oldest = datetime.min
        changed = sorted(rows, key=lambda row: (row.record["asset_id"] or "", row.record.source))
        self.row = max(changed, key=lambda row: row.record.moment("last_changed_at") or oldest)


class RegisterRow:
    """A row of the register with its canonical values."""

    def __init__(self, record: Record, policy: Policy) -> None:
        self.record = record
        self.asset_class = policy.asset_class(record["asset_class"])
        self.status = policy.status(record.source, record["status"], record["substatus"])
        self.maker = policy.maker(record["manufacturer"])
        self.serial = serial_of(record["serial_number"])
        self.is_byod = plain(record["ownership"]) == "byod"
        self.is_in_scope = policy.has(self.asset_class, "in_scope")
        self.is_observable = policy.has(self.asset_class, "activity_observable")
        self.hostname = short(record["hostname"])
        self.slices = {
            "asset_class": self.asset_class,
            "department": record["department"],
            "cost_center": record["cost_center"],
            "location": record["location"],
            "manufacturer": self.maker,
        }

    @property
    def is_estate(self) -> bool:
        """G11."""
        return self.status in ESTATE and not self.is_byod and self.is_in_scope


def short(hostname: str | None) -> str | None:
    """A host name, lower case, cut at its first dot."""
    return (hostname or "").strip().lower().split(".")[0] or None


class Device:
    """A resolved device of the state: its rows and what they say together."""

    def __init__(self, key: tuple[str, ...], rows: Sequence[Record], policy: Policy) -> None:
        self.key, self.rows = key, rows
        by_id = sorted(rows, key=lambda row: (row["device_id"] or "", row.source))
        self.row = max(by_id, key=lambda row: row.moment("last_seen_at") or datetime.min)
        self.seen = max(moment for row in rows if (moment := row.moment("last_seen_at")))
        self.used = max((moment for row in rows if (moment := row.moment("last_user_activity_at"))), default=None)
        self.first_seen = min((moment for row in rows if (moment := row.moment("first_seen_at"))), default=None)
        self.asset_class = policy.asset_class(self.row["device_class"])
        self.maker = policy.maker(self.row["manufacturer"])
        self.serial = serial_of(self.row["serial_number"])
        self.hostname = short(self.row["hostname"])
        self.sources = {row.source for row in rows}


class Day:
    """What is known on a day, and what the rules make of it."""

    def __init__(self, organisation: Organisation, day: date) -> None:
        self.organisation, self.day, self.policy = organisation, day, organisation.policy
        self.end = datetime.combine(day + timedelta(days=1), datetime.min.time())

    # --- G1: the state ------------------------------------------------------------------------------------------------

    def known(self, feed: str) -> list[Delivery]:
        """The deliveries of a feed so far."""
        return [delivery for delivery in self.organisation.deliveries[feed] if delivery.at < self.end]

    def is_alive(self, feed: str) -> bool:
        """Somebody delivered it within the days that it is carried."""
        if feed not in self.policy.carry:
            return bool(self.organisation.deliveries[feed])
        newest = max((delivery.at.date() for delivery in self.known(feed)), default=None)
        return newest is not None and (self.day - newest).days <= self.policy.carry[feed]

    def state(self, feed: str) -> list[Record]:
        """The rows of each source's last delivery."""
        newest = {delivery.source: delivery for delivery in self.known(feed)} if self.is_alive(feed) else {}
        records = [Record(source, one.at, row) for source, one in newest.items() for row in one.rows]
        return [record for record in records if not record.is_true("is_deleted")]

    def within(self, moment: datetime | date | None, days: int) -> bool:
        """In the last n days, today included."""
        if moment is None:
            return False
        day = moment.date() if isinstance(moment, datetime) else moment
        return self.day - timedelta(days=days - 1) <= day <= self.day

    # --- G8: assets ---------------------------------------------------------------------------------------------------

    @cached_property
    def register(self) -> list[RegisterRow]:
        """Every row of the register."""
        return [RegisterRow(record, self.policy) for record in self.state("hardware_asset")]

    @cached_property
    def assets(self) -> list[Asset]:
        """Rows of one manufacturer and serial are one asset."""
        groups: dict[tuple[str, ...], list[RegisterRow]] = defaultdict(list)
        for row in self.register:
            own = ("row", row.record.source, row.record["asset_id"] or "")
            groups[("serial", row.maker, row.serial) if row.maker and row.serial else own].append(row)
        return [Asset(key, rows) for key, rows in groups.items()]

    @property
    def estate(self) -> list[Asset]:
        """Resolved assets whose surviving row is in the managed estate."""
        return [asset for asset in self.assets if asset.row.is_estate]

    # --- G8: devices --------------------------------------------------------------------------------------------------

    def device_key(self, record: Record) -> tuple[str, ...]:
        """Manufacturer and serial; where no serial exists, host name and MAC; else the row itself."""
        maker, serial = self.policy.maker(record["manufacturer"]), serial_of(record["serial_number"])
        if serial and maker:
            return ("serial", maker, serial)
        host, mac = plain(record["hostname"]), plain(record["mac_address"])
        if not serial and host and mac:
            return ("host", host, mac)
        return ("row", record.source, record["device_id"] or "")

    @cached_property
    def devices(self) -> list[Device]:
        """Every device of the state."""
        groups: dict[tuple[str, ...], list[Record]] = defaultdict(list)
        for record in self.state("device_discovery"):
            groups[self.device_key(record)].append(record)
        return [Device(key, rows, self.policy) for key, rows in groups.items()]

    @cached_property
    def device_of(self) -> Callable[[str, str | None], Device | None]:
        """Which device an id leads to: within the source, else in the only source that has it."""
        found: dict[str, dict[str, Device]] = defaultdict(dict)
        for device in self.devices:
            for row in device.rows:
                found[row["device_id"] or ""][row.source] = device

        def resolve(source: str, device_id: str | None) -> Device | None:
            sources = found.get(device_id or "", {})
            return sources.get(source) or (next(iter(sources.values())) if len(sources) == 1 else None)

        return resolve

    # --- K10: matching ------------------------------------------------------------------------------------------------

    def by_serial(self, device: Device) -> Asset | None:
        """Manufacturer and serial; one-sided manufacturers match by a serial that is unique in the register."""
        if not device.serial:
            return None
        named = [asset for asset in self.assets if asset.row.serial == device.serial]
        exact = [asset for asset in named if asset.row.maker and asset.row.maker == device.maker]
        if exact:
            return exact[0]
        if len(named) == 1 and (not device.maker or not named[0].row.maker):
            return named[0]
        return None

    @cached_property
    def match(self) -> dict[tuple[str, ...], Asset]:
        """The asset of each matched device."""
        matched = {device.key: asset for device in self.devices if (asset := self.by_serial(device))}
        unmatched = [device for device in self.devices if device.key not in matched]
        for device in unmatched:
            named = [asset for asset in self.assets if device.hostname and asset.row.hostname == device.hostname]
            rivals = [one for one in unmatched if one is not device and one.hostname == device.hostname]
            if len(named) != 1:
                continue
            if device.serial and (named[0].row.serial or rivals):
                continue
            if any(device.sources & rival.sources for rival in rivals):
                continue
            matched[device.key] = named[0]
        return matched

    @cached_property
    def matched_devices(self) -> dict[tuple[str, ...], list[Device]]:
        """The devices of each matched asset."""
        found: dict[tuple[str, ...], list[Device]] = defaultdict(list)
        for device in self.devices:
            if device.key in self.match:
                found[self.match[device.key].key].append(device)
        return found

    def devices_of(self, asset: Asset) -> list[Device]:
        """The devices matched to an asset."""
        return self.matched_devices.get(asset.key, [])

    def device_slices(self, device: Device) -> Mapping[str, str | None]:
        """G21: those of its asset, else its class alone."""
        asset = self.match.get(device.key)
        return asset.row.slices if asset else {"asset_class": device.asset_class}

    def is_in_scope(self, device: Device) -> bool:
        """Its class, else that of its asset, else yes."""
        if device.asset_class is not None:
            return self.policy.has(device.asset_class, "in_scope")
        asset = self.match.get(device.key)
        return asset.row.is_in_scope if asset else True

    def is_discovered(self, device: Device) -> bool:
        """Seen in 30 days, in scope, in a zone of ours, and a thing."""
        return (
            self.within(device.seen, 30)
            and plain(device.row["network_zone"]) not in ("guest", "ot", "cloud")
            and not device.row.is_true("is_virtual")
            and self.is_in_scope(device)
        )

    # --- people -------------------------------------------------------------------------------------------------------

    @cached_property
    def employed(self) -> dict[str | None, list[Record]]:
        """The spells in force by person."""
        found: dict[str | None, list[Record]] = defaultdict(list)
        for spell in self.state("person"):
            end = spell.day("last_day_of_work") or spell.day("termination_date")
            hired = spell.day("hire_date")
            if hired and hired <= self.day and (not end or spell.is_true("termination_rescinded") or end >= self.day):
                found[spell["person_id"]].append(spell)
        return found

    # --- K06 ----------------------------------------------------------------------------------------------------------

    def asset_utilization_rate(self) -> list[Member]:
        """The basis of use when enough is known of it, else that of sight."""
        members: dict[str, list[Member]] = {"used": [], "seen": []}
        for asset in self.estate:
            row, record = asset.row, asset.row.record
            started, owner = record.day("in_service_date"), record["assigned_person_id"]
            if row.status != "deployed" or not row.is_observable:
                continue
            if plain(record["asset_function"]) in ("spare", "loaner", "dr"):
                continue
            if started and started >= self.day - timedelta(days=13):
                continue
            if owner and any(spell.is_true("on_leave") for spell in self.employed.get(owner, [])):
                continue
            devices = self.devices_of(asset)
            if row.asset_class == "server":
                known = bool(devices)
                active = any(
                    self.within(one.seen, 30) and (one.row["cpu_p95_30d"] is None or float(one.row["cpu_p95_30d"]) >= 5)
                    for one in devices
                )
                bases = {"used": (known, active), "seen": (known, active)}
            else:
                bases = {
                    "used": (any(one.used for one in devices), any(self.within(one.used, 30) for one in devices)),
                    "seen": (bool(devices), any(self.within(one.seen, 30) for one in devices)),
                }
            for basis, (known, active) in bases.items():
                members[basis].append(Member(int(active), int(known), row.slices, int(known)))
        known_used = sum(member.covered for member in members["used"])
        return members["used" if known_used >= Decimal("0.80") * len(members["used"]) else "seen"]

    def deployment_rate(self) -> list[Member]:
        """Deployed over deployed, in stock and in repair."""
        return [
            Member(int(asset.row.status == "deployed"), 1, asset.row.slices)
            for asset in self.estate
            if asset.row.status in ("deployed", "in_stock", "in_repair")
        ]

    # --- K07 ----------------------------------------------------------------------------------------------------------

    def assets_over_life_pct(self) -> list[Member]:
        """Older than its useful life."""
        members = []
        for asset in self.estate:
            record = asset.row.record
            names = ("refurbished_mfg_date", "in_service_date", "received_date", "purchase_date")
            start = next((day for name in names if (day := record.day(name))), None)
            life = (
                record["useful_life_months"] or self.policy.classes[asset.row.asset_class or ""]["useful_life_months"]
            )
            known = start is not None and start <= self.day and bool(life)
            over = known and start is not None and completed_months(start, self.day) > int(life)
            members.append(Member(int(over), int(known), asset.row.slices, int(known)))
        return members

    def assets_past_eol_pct(self) -> list[Member]:
        """Past the end of life of the model or of the system of a matched device."""
        releases: dict[tuple[str | None, str | None], Values] = {}
        for delivery in self.organisation.deliveries["product_lifecycle"]:
            releases |= {(row["product"], row["cycle"]): row for row in delivery.rows}
        members = []
        for asset in self.estate:
            row = asset.row
            wanted: list[Values] = []
            if row.maker and row.record["model"]:
                name = f"{row.maker} {row.record['model']}".lower()
                wanted += [release for release in releases.values() if plain(release["product"]) == name]
            for device in self.devices_of(asset):
                name, version = device.row["os_name"] or "", device.row["os_version"]
                for alias in self.policy.systems:
                    if name and like(name, alias["os_name_like"]) and like(version, alias["os_version_like"]):
                        wanted += [
                            release
                            for release in releases.values()
                            if (plain(release["product"]), plain(release["cycle"]))
                            == (alias["product"], alias["cycle"])
                        ]
            past = any(
                ends < self.day if (ends := day_of(release["eol_date"])) else release["is_eol"] == "true"
                for release in wanted
            )
            members.append(Member(int(past), int(bool(wanted)), row.slices, int(bool(wanted))))
        return members

    # --- K10 ----------------------------------------------------------------------------------------------------------

    def is_confirmed(self, device: Device) -> bool:
        """Known by two different days, unless there were no two days yet; the log of its ids, not the state."""
        known = self.known("device_discovery")
        ids = {(row.source, row["device_id"]) for row in device.rows}
        days = {moment.date() for row in device.rows if (moment := row.moment("first_seen_at"))}
        for delivery in known:
            for values in delivery.rows:
                moment = Record(delivery.source, delivery.at, values).moment("last_seen_at")
                if (delivery.source, values["device_id"]) in ids and moment:
                    days.add(moment.date())
        delivered: dict[str, set[date]] = defaultdict(set)
        for delivery in known:
            delivered[delivery.source].add(delivery.at.date())
        return len(days) >= 2 or not any(len(delivered[source]) >= 2 for source in device.sources)

    def asset_discovery_rate(self) -> list[Member]:
        """Discovered devices that the register knows."""
        return [
            Member(int(device.key in self.match), 1, self.device_slices(device))
            for device in self.devices
            if self.is_discovered(device) and plain(device.row["ownership"]) != "personal" and self.is_confirmed(device)
        ]

    def agent_coverage_rate(self) -> list[Member]:
        """Assets that an agent sees."""
        return [
            Member(int(any(self.within(one.seen, 30) for one in self.devices_of(asset))), 1, asset.row.slices)
            for asset in self.estate
            if asset.row.status == "deployed" and asset.row.is_observable
        ]

    # --- K11 ----------------------------------------------------------------------------------------------------------

    def is_complete(self, row: RegisterRow) -> bool:
        """Everything that a record must have."""
        record = row.record
        return (
            not is_placeholder(record["asset_tag"])
            and not is_placeholder(record["model"])
            and all(record[name] for name in ("location", "purchase_date", "purchase_cost"))
            and bool(record["assigned_person_id"] or record["stockroom"])
            and (row.serial is not None or not self.policy.has(row.asset_class, "serial_required"))
        )

    def is_valid(self, row: RegisterRow) -> bool:
        """Dates in order, an amount that can be one, a currency that is one."""
        record = row.record
        steps = [record.day(name) for name in ("purchase_date", "received_date", "in_service_date")]
        ends = [record.day(name) for name in ("retired_date", "disposed_date")]
        days = [one for one in [*steps, *(end if end and end <= self.day else None for end in ends)] if one]
        cost, currency = record["purchase_cost"], record["currency"]
        quoted = {"USD"}
        for delivery in self.organisation.deliveries["fx_rate"]:
            for rate in delivery.rows:
                quoted |= {rate["from_currency"] or "", rate["to_currency"] or ""}
        return days == sorted(days) and (cost is None or (Decimal(cost) >= 0 and currency in quoted))

    def is_unique(self, row: RegisterRow) -> bool:
        """Its serial number and its tag are its own."""
        tag = (row.record["asset_tag"] or "").strip().upper()
        others = [one for one in self.register if one is not row]
        same_serial = any(row.serial and (one.maker, one.serial) == (row.maker, row.serial) for one in others)
        same_tag = not is_placeholder(tag) and any(
            (one.record["asset_tag"] or "").strip().upper() == tag for one in others
        )
        return not same_serial and not same_tag

    def is_current(self, row: RegisterRow) -> bool:
        """Somebody looked at it lately."""
        days = int(self.policy.classes[row.asset_class or ""]["staleness_days"])
        asset = next(one for one in self.assets if row in one.rows)
        signs = [row.record.moment("last_verified_at"), row.record.moment("last_changed_at")]
        signs += [device.seen for device in self.devices_of(asset)]
        since = datetime.combine(self.day - timedelta(days=days), datetime.min.time())
        return any(sign is not None and sign >= since for sign in signs)

    def is_consistent(self, row: RegisterRow) -> bool:
        """Owner and status agree; skipped while nobody tells who is employed."""
        if not self.is_alive("person"):
            return True
        owner = row.record["assigned_person_id"]
        shared = self.policy.has(row.asset_class, "shared_asset") and bool(row.record["location"])
        return (
            (not owner or owner in self.employed)
            and (row.status != "deployed" or bool(owner) or shared)
            and (row.status != "in_stock" or not owner)
        )

    def inventory_accuracy_rate(self) -> list[Member]:
        """Rows of the register that pass every test."""
        tests = (self.is_complete, self.is_valid, self.is_unique, self.is_current, self.is_consistent)
        return [Member(int(all(test(row) for test in tests)), 1, row.slices) for row in self.register if row.is_estate]

    # --- K15 ----------------------------------------------------------------------------------------------------------

    def unauthorized_asset_pct(self) -> list[Member]:
        """What is in use, and what of it should not be."""
        members = [
            Member(1, 1, self.device_slices(device))
            for device in self.devices
            if self.is_discovered(device) and device.key not in self.match
        ]
        for asset in self.assets:
            row, devices = asset.row, self.devices_of(asset)
            discovered = [device for device in devices if self.is_discovered(device)]
            if discovered or (row.is_in_scope and row.status == "deployed" and not row.is_byod):
                members.append(Member(int(self.is_unauthorized(row, devices, discovered)), 1, row.slices))
        return members

    def is_unauthorized(self, row: RegisterRow, devices: Sequence[Device], discovered: Sequence[Device]) -> bool:
        """The reasons, in their order."""
        approved = plain(row.record["approved"])
        first_seen = min((device.first_seen for device in devices if device.first_seen), default=None)
        if row.status in ("retired", "disposed", "missing"):
            return True
        if row.is_byod and approved != "true":
            return True
        if approved == "false" and not (first_seen and first_seen.date() >= self.day - timedelta(days=13)):
            return True
        models = {plain(row.record["model"]), plain(f"{row.maker} {row.record['model']}")}
        models |= {plain(device.row["model"]) for device in discovered}
        systems = [plain(device.row["os_name"]) or "" for device in discovered]
        return any(
            name in models if kind == "model" else any(system.startswith(name) for system in systems)
            for kind, name in self.policy.denied
            if kind in ("model", "os")
        )

    # --- K16 ----------------------------------------------------------------------------------------------------------

    @cached_property
    def checks(self) -> dict[tuple[str, ...], list[Record]]:
        """The rows of the patch state by device."""
        found: dict[tuple[str, ...], list[Record]] = defaultdict(list)
        for record in self.state("patch_status"):
            if device := self.device_of(record.source, record["device_id"]):
                found[device.key].append(record)
        return found

    @property
    def patched_devices(self) -> list[Device]:
        """The population of K16."""
        population = []
        for device in self.devices:
            asset = self.match.get(device.key)
            is_byod = plain(device.row["ownership"]) in ("personal", "byod") or (
                asset is not None and asset.row.is_byod
            )
            is_gone = asset is not None and asset.row.status in ("retired", "disposed")
            if device.key in self.checks and not is_byod and not is_gone and self.is_in_scope(device):
                population.append(device)
        return population

    @cached_property
    def catalog(self) -> dict[str | None, Record]:
        """Patches that count."""
        return {
            patch["patch_id"]: patch
            for patch in self.state("patch_catalog")
            if not patch.is_true("is_expired") and patch["superseded_by"] is None
        }

    def is_exempt(self, pair: Record) -> bool:
        """Id, approver and a last day that has not passed."""
        last = pair.day("exemption_expires_on")
        return bool(pair["exemption_id"] and pair["exemption_approver"] and last and last >= self.day)

    def pairs(self, device: Device) -> list[tuple[Record, Record]]:
        """The catalogue's patches of a device, each by the row checked last, without the exempt ones."""
        newest: dict[str | None, Record] = {}
        for record in sorted(self.checks[device.key], key=lambda one: (one["device_id"] or "", one.source)):
            rival = newest.get(record["patch_id"])
            if rival is None or checked_at(record) > checked_at(rival):
                newest[record["patch_id"]] = record
        return [
            (record, self.catalog[patch])
            for patch, record in newest.items()
            if patch in self.catalog and not self.is_exempt(record)
        ]

    def considered(self, device: Device) -> list[tuple[Record, Record]]:
        """Pairs that are due and applicable."""
        found = []
        for record, patch in self.pairs(device):
            released = patch.moment("released_at")
            severity = plain(patch["severity"]) or ""
            if released and released + self.policy.sla[severity] < self.end and record["state"] != "not_applicable":
                found.append((record, patch))
        return found

    def patch_compliance_rate(self) -> list[Member]:
        """Devices on which nothing is missing."""
        members = []
        limit = datetime.combine(self.day - timedelta(days=14), datetime.min.time())
        for device in self.patched_devices:
            states = {record["state"] for record, _ in self.considered(device)}
            fresh = max(checked_at(record) for record in self.checks[device.key]) >= limit
            seen = self.within(device.seen, 30)
            fails = bool(states & {"missing", "failed", "unknown"}) or not fresh or not seen
            covered = seen and fresh and "unknown" not in states
            members.append(Member(int(not fails), 1, self.device_slices(device), int(covered)))
        return members

    def patch_instance_compliance_rate(self) -> list[Member]:
        """Pairs that are installed."""
        return [
            Member(
                int(record["state"] == "installed"),
                int(record["state"] != "unknown"),
                {**self.device_slices(device), "severity": plain(patch["severity"])},
                int(record["state"] != "unknown"),
            )
            for device in self.patched_devices
            for record, patch in self.considered(device)
        ]

    def first_delivery(self, device: Device, patch: str | None, state: str | None = None) -> datetime:
        """The first delivery that has the pair, in a given state, of any id that leads to the device today."""
        return min(
            delivery.at
            for delivery in self.known("patch_status")
            for row in delivery.rows
            if row["patch_id"] == patch
            and state in (None, row["state"])
            and self.device_of(delivery.source, row["device_id"]) is device
        )

    def critical_patch_on_time_rate(self) -> list[Member]:
        """Critical patches installed within three days."""
        members = []
        for device in self.patched_devices:
            for record, patch in self.pairs(device):
                released = patch.moment("released_at")
                if plain(patch["severity"]) != "critical" or record["state"] not in ("missing", "installed", "failed"):
                    continue
                known = record.moment("first_applicable_at") or self.first_delivery(device, patch["patch_id"])
                deadline = max(released or known, known) + timedelta(hours=72)
                if not self.within(deadline, 30):
                    continue
                on_time = (
                    record["state"] == "installed"
                    and (record.moment("installed_at") or self.first_delivery(device, patch["patch_id"], "installed"))
                    <= deadline
                )
                members.append(Member(int(on_time), 1, self.device_slices(device)))
        return members


def checked_at(record: Record) -> datetime:
    """When the agent looked."""
    return record.moment("checked_at") or datetime.min


def cells(day: Day, kpi: str, with_slices: bool) -> dict[tuple[str, str], Cell]:
    """The cells of a KPI on a day; a slice without a member in numerator or denominator has none."""
    members: list[Member] = getattr(day, kpi)()
    dimensions = (*ASSET_DIMENSIONS, "severity") if kpi == "patch_instance_compliance_rate" else ASSET_DIMENSIONS
    groups: dict[tuple[str, str], list[Member]] = {("all", "all"): members}
    for member in members if with_slices else []:
        for dimension in dimensions:
            groups.setdefault((dimension, member.slices.get(dimension) or "(unassigned)"), []).append(member)
    return {
        name: Cell(
            sum(one.numerator for one in group),
            sum(one.denominator for one in group),
            sum(one.covered for one in group) if kpi in WITH_COVERAGE else None,
            sum(one.population for one in group) if kpi in WITH_COVERAGE else None,
        )
        for name, group in groups.items()
        if name[0] == "all" or any(one.numerator or one.denominator for one in group)
    }

"""Random organisations with the dirt of real exports, delivery by delivery.

Here: what the sources say, as the text of their files. Not here: what the rules make of it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

Row = dict[str, str | None]

FIRST_DAY = date(2024, 1, 16)
LAST_DAY = date(2024, 4, 9)

MAKERS = {
    "Dell": ["Dell", "DELL ", "Dell Inc.", "dell inc"],
    "HP": ["HP", "hp inc.", "Hewlett-Packard"],
    "Lenovo": ["Lenovo", "LENOVO", "lenovo group"],
    "Acme": ["Acme", "ACME"],
}
CLASSES = {
    "laptop": ["laptop", "Notebook", " Laptop"],
    "desktop": ["Desktop", "Workstation"],
    "server": ["server"],
    "mobile": ["Smartphone"],
    "network": ["Switch"],
    "dock": ["Docking  Station", "docking station"],
    "virtual_machine": ["VM"],
    "toaster": ["Toaster"],
}
USUAL_CLASSES = ["laptop"] * 6 + [
    "desktop",
    "server",
    "server",
    "mobile",
    "network",
    "dock",
    "virtual_machine",
    "toaster",
]
PLACEHOLDERS = [None, "", "N/A", "To be filled by O.E.M.", "0000000", "abc", "123456789", "none"]
MODELS = ["Latitude 5440", "EliteBook", "T14", "ZTE MF920", "R750"]
SYSTEMS = [("Windows 10 Pro", "10.0.19045"), ("Windows 11 Pro", "10.0.22631"), ("Windows 7 Ultimate", None)]
SYSTEMS += [("macOS", "14.2"), ("macOS", None), ("BeOS", "5")]
DEPARTMENTS = ["Sales", "Ops", None, ""]
LOCATIONS = ["Berlin", "Lyon", None]
STATUSES: dict[str, dict[str, list[tuple[str, str | None]]]] = {
    "servicenow-prod": {
        "deployed": [("In use", None), ("in use ", "Whatever")],
        "in_stock": [("In stock", None), ("In stock", "Available")],
        "received": [("In stock", "Pending install"), ("In transit", None)],
        "in_repair": [("In maintenance", None), ("In stock", "defective")],
        "retired": [("Retired", None), ("In stock", "Pending disposal")],
        "disposed": [("Retired", "Sold")],
        "missing": [("Missing", None)],
        "ordered": [("On order", None)],
    },
    "snipe-it": {
        "deployed": [("deployed", None)],
        "in_stock": [("deployable", None)],
        "received": [("pending", None)],
        "in_repair": [("undeployable", "x")],
        "retired": [("Archived", None)],
        "disposed": [("disposed", None)],
        "missing": [("missing", None)],
        "ordered": [("ordered", None)],
    },
}
USUAL_STATUSES = ["deployed"] * 12 + [
    "in_stock",
    "in_stock",
    "received",
    "in_repair",
    "retired",
    "disposed",
    "missing",
    "ordered",
]
PATCH_STATES = ["installed", "installed", "installed", "missing", "failed", "not_applicable", "unknown"]


@dataclass(frozen=True)
class Delivery:
    """What one source delivered of one feed at one time."""

    source: str
    feed: str
    at: datetime
    rows: Sequence[Row]

    def write(self, landing: Path) -> None:
        """The delivery as a file in a landing folder."""
        folder = landing / self.source / self.feed
        folder.mkdir(parents=True, exist_ok=True)
        names = sorted({name for row in self.rows for name in row})
        with (folder / f"{self.at:%Y-%m-%dT%H%M%SZ}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(self.rows)


@dataclass
class Machine:
    """A thing that exists; what the sources say of it is more or less true."""

    number: int
    maker: str
    serial: str | None
    hostname: str | None
    mac: str | None
    kind: str
    model: str
    owner: str | None
    status: str
    register: str | None
    agents: tuple[str, ...]
    facts: Row = field(default_factory=dict)
    seen: dict[str, Row] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)


class Organisation:
    """Some dozens of machines, a few people, a few patches, and about ten deliveries of each list."""

    def __init__(self, seed: int, machines: int | None = None) -> None:
        self.dice = Random(seed)
        self.people = [f"P{number}" for number in range(9)]
        count = machines or self.dice.randint(30, 55)
        self.machines = [self._machine(number) for number in range(count)]
        self.spells: dict[tuple[str, int], Row] = {}
        for person in self.people:
            self.spells[person, 1] = self._spell(person, 1)
        self.patches = [self._patch(number) for number in range(7)]
        self.pairs: dict[tuple[str, str, str], Row] = {}
        self.deliveries = list(self._deliver())

    # --- what exists --------------------------------------------------------------------------------------------------

    def _day(self, earliest: date, latest: date) -> date:
        return earliest + timedelta(days=self.dice.randint(0, (latest - earliest).days))

    def _past(self) -> str | None:
        """A day of the past or of the near future, with ends of months and a leap day among them."""
        if self.dice.random() < 0.12:
            return None
        odd = [date(2020, 2, 29), date(2021, 1, 31), date(2020, 3, 31), date(2021, 3, 30), date(2023, 8, 31)]
        return str(
            self.dice.choice([*odd, self._day(date(2018, 11, 1), LAST_DAY), self._day(FIRST_DAY, date(2024, 6, 1))])
        )

    def _machine(self, number: int) -> Machine:
        dice = self.dice
        serial = f"{dice.choice('ABC')}X-{number:02d} {dice.choice('QRS')}7"
        if dice.random() < 0.18:
            serial = dice.choice(PLACEHOLDERS) or ""
        elif dice.random() < 0.06:
            serial = "DUP-0001"
        host = f"pc{number}" if dice.random() < 0.75 else f"pc{dice.randint(0, 6)}"
        kind = dice.choice(USUAL_CLASSES)
        machine = Machine(
            number,
            dice.choice(list(MAKERS)),
            serial,
            host if dice.random() < 0.92 else None,
            f"00:11:22:33:44:{number if dice.random() < 0.9 else 1:02x}" if dice.random() < 0.8 else None,
            kind,
            dice.choice(MODELS),
            dice.choice([*self.people, "P404", None, ""]),
            dice.choice(USUAL_STATUSES),
            dice.choice(["servicenow-prod"] * 5 + ["snipe-it"] * 2 + [None]),
            tuple(tool for tool, share in (("intune", 0.7), ("sccm", 0.5)) if dice.random() < share),
        )
        machine.facts = self._facts(machine)
        for agent in machine.agents:
            machine.seen[agent] = self._device_facts(machine)
        return machine

    def _facts(self, machine: Machine) -> Row:
        """What only the register knows."""
        dice = self.dice
        bought = self._past()
        dates: Row = {"purchase_date": bought, "received_date": bought, "in_service_date": bought}
        if dice.random() < 0.3:
            dates = {name: self._past() for name in dates}
        return {
            **dates,
            "asset_tag": dice.choice([f"TAG{machine.number}", f"tag{machine.number}", "N/A", None, "TAG1"])
            if dice.random() < 0.4
            else f"TAG{machine.number}",
            "refurbished_mfg_date": self._past() if dice.random() < 0.05 else "0000-00-00",
            "retired_date": self._past() if dice.random() < 0.15 else None,
            "disposed_date": self._past() if dice.random() < 0.1 else None,
            "ownership": dice.choice([None, None, None, "owned", "leased", "byod", "BYOD "]),
            "asset_function": dice.choice([None, None, None, None, "standard", "spare", "dr", "test"]),
            "department": dice.choice(DEPARTMENTS),
            "cost_center": dice.choice(["C1", "C2", None]),
            "location": dice.choice([*LOCATIONS, "Berlin"]),
            "stockroom": dice.choice([None, "Main"]),
            "purchase_cost": dice.choice(["1200", "900.50", "900", "0", None]),
            "currency": dice.choice(["USD", "USD", "EUR", "GBP", "XTS", None]),
            "useful_life_months": dice.choice([None, None, None, "36", "0"]),
            "approved": dice.choice([None, None, "true", "true", "false"]),
            "last_verified_at": self._moment(0.5, 120),
            "last_changed_at": self._moment(0.75, 200),
        }

    def _device_facts(self, machine: Machine) -> Row:
        """What only an agent knows."""
        dice = self.dice
        system, version = dice.choice(SYSTEMS)
        return {
            "first_seen_at": self._moment(0.8, 90),
            "device_class": dice.choice([*CLASSES[machine.kind], None, "laptop"]),
            "os_name": system,
            "os_version": version,
            "network_zone": dice.choice([None, "corp", "corp", "corp", "corp", "corp", "Guest", "ot", "cloud"]),
            "is_virtual": dice.choice([None, "false", "false", "false", "false", "true"]),
            "ownership": dice.choice([None, "company", "company", "company", "Personal", "unknown"]),
            "cpu": dice.choice([None, None, "1.5", "4.99", "5", "40"]),
            "active": dice.choice(["daily", "daily", "rarely", "never"]),
        }

    def _moment(self, share: float, days: int) -> str | None:
        """A time up to some days before the first delivery, or within the deliveries."""
        if self.dice.random() > share:
            return None
        day = self._day(FIRST_DAY - timedelta(days=days), LAST_DAY)
        return str(datetime.combine(day, time(self.dice.choice([0, 0, 8, 23]), self.dice.choice([0, 59]))))

    def _spell(self, person: str, number: int) -> Row:
        dice = self.dice
        hired = date(2019, 5, 1) if number == 1 else self._day(FIRST_DAY, LAST_DAY)
        ends = dice.random() < 0.35
        return {
            "person_id": person,
            "spell_no": str(number),
            "hire_date": str(hired),
            "last_day_of_work": str(self._day(FIRST_DAY, LAST_DAY)) if ends and dice.random() < 0.6 else None,
            "termination_date": str(self._day(FIRST_DAY, LAST_DAY)) if ends else None,
            "termination_rescinded": dice.choice([None, "false", "false", "true"]) if ends else None,
            "on_leave": dice.choice([None, "false", "false", "true"]),
        }

    def _patch(self, number: int) -> Row:
        dice = self.dice
        released = datetime.combine(self._day(date(2023, 12, 1), date(2024, 3, 20)), time(dice.choice([0, 17])))
        return {
            "patch_id": f"KB{number}",
            "severity": ["critical", "critical", "Important", "moderate", "low", "unspecified", "critical"][number],
            "released_at": str(released),
            "superseded_by": None,
            "is_expired": dice.choice([None, "false"]),
        }

    # --- what is delivered --------------------------------------------------------------------------------------------

    def _times(self, hour: int, silence: bool) -> list[datetime]:
        """About ten times; some twice on a day, some after a silence longer than any carry."""
        dice = self.dice
        days, day = [], FIRST_DAY + timedelta(days=dice.randint(0, 3))
        quiet = self._day(FIRST_DAY + timedelta(days=15), LAST_DAY - timedelta(days=25)) if silence else None
        while day <= LAST_DAY:
            days.append(datetime.combine(day, time(hour)))
            if dice.random() < 0.1:
                days.append(datetime.combine(day, time(hour + 9, 30)))
            step = timedelta(days=dice.choice([5, 7, 7, 8, 9, 10]))
            if quiet and day < quiet <= day + step:
                step = timedelta(days=dice.choice([11, 12, 16]))
            day += step
        return days

    def _deliver(self) -> Iterator[Delivery]:
        dice = self.dice
        silences = {
            feed: dice.random() < 0.25 for feed in ("hardware_asset", "device_discovery", "person", "patch_status")
        }
        plan: list[tuple[datetime, str, str]] = []
        for source, feed, hour in (
            ("servicenow-prod", "hardware_asset", 2),
            ("snipe-it", "hardware_asset", 3),
            ("intune", "device_discovery", 4),
            ("sccm", "device_discovery", 5),
            ("hr", "person", 1),
            ("intune", "patch_status", 6),
            ("sccm", "patch_status", 7),
            ("scanner", "patch_status", 8),
            ("vendor", "patch_catalog", 0),
        ):
            plan += [(at, source, feed) for at in self._times(hour, silences.get(feed, False))]
        for at, source, feed in sorted(plan):
            rows: list[Row] = {
                "hardware_asset": self._register,
                "device_discovery": self._discovery,
                "person": self._hr,
                "patch_status": self._patch_states,
                "patch_catalog": self._catalog,
            }[feed](source, at)
            if rows:
                yield Delivery(source, feed, at, rows)
        lifecycle = datetime.combine(FIRST_DAY, time(9))
        yield Delivery("endoflife", "product_lifecycle", lifecycle, self._lifecycle())
        yield Delivery("ecb", "fx_rate", lifecycle, self._rates())

    def _missing(self, machine: Machine, place: str) -> bool:
        """A row may vanish and return."""
        if place in machine.absent:
            if self.dice.random() < 0.5:
                machine.absent.discard(place)
        elif self.dice.random() < 0.04:
            machine.absent.add(place)
        return place in machine.absent

    def _spelled(self, serial: str | None) -> str | None:
        if not serial:
            return serial
        return self.dice.choice(
            [serial, serial.lower(), serial.replace("-", " "), f" {serial}", serial.replace(" ", "")]
        )

    def _drift(self, machine: Machine) -> None:
        """What changes between two deliveries of the register."""
        dice = self.dice
        if dice.random() < 0.08:
            machine.status = dice.choice(USUAL_STATUSES)
        if dice.random() < 0.06:
            machine.owner = dice.choice([*self.people, None])
        if dice.random() < 0.03:
            machine.serial = dice.choice(
                [f"NEW{machine.number}Z", "DUP-0001", "N/A", f"BX-{dice.randint(0, 9):02d} Q7"]
            )
        if dice.random() < 0.02:
            machine.hostname = dice.choice([f"pc{dice.randint(0, 9)}", None, "moved"])
        if dice.random() < 0.06:
            machine.facts = {
                **machine.facts,
                "location": dice.choice(LOCATIONS),
                "last_changed_at": self._moment(0.8, 30),
            }
        if dice.random() < 0.04:
            machine.facts = {**self._facts(machine), "asset_tag": machine.facts["asset_tag"]}

    def _register(self, source: str, at: datetime) -> list[Row]:
        dice, rows = self.dice, []
        for machine in self.machines:
            self._drift(machine)
            also = machine.register != source and machine.register is not None and machine.number % 5 == 0
            if not (machine.register == source or also) or self._missing(machine, source):
                continue
            status, substatus = dice.choice(STATUSES[source][machine.status])
            changed = machine.facts["last_changed_at"]
            rows.append(
                {
                    **machine.facts,
                    "asset_id": f"A{machine.number}" if machine.number % 3 else f"{source[:2]}{machine.number}",
                    "asset_class": CLASSES[machine.kind][machine.number % len(CLASSES[machine.kind])],
                    "status": status,
                    "substatus": substatus,
                    "manufacturer": self._maker(machine, machine.number % 11 == 0),
                    "serial_number": self._spelled(machine.serial),
                    "hostname": self._host(machine, machine.number % 7 == 0),
                    "model": dice.choice([machine.model] * 9 + ["n/a"]) if machine.number % 4 == 0 else machine.model,
                    "assigned_person_id": machine.owner,
                    "last_changed_at": None if also and machine.number % 2 else changed,
                    "is_deleted": "true" if dice.random() < 0.02 else dice.choice([None, "false"]),
                }
            )
            if machine.number % 13 == 5:  # the same machine entered twice
                rows.append({**rows[-1], "asset_id": f"Z{machine.number}", "last_changed_at": self._moment(0.6, 60)})
        return rows

    def _maker(self, machine: Machine, one_sided: bool) -> str | None:
        return None if one_sided else self.dice.choice(MAKERS[machine.maker])

    def _host(self, machine: Machine, never: bool) -> str | None:
        if machine.hostname is None or never:
            return None
        return self.dice.choice(
            [machine.hostname] * 5 + [machine.hostname.upper(), f"{machine.hostname}.corp.example.org"]
        )

    def _discovery(self, source: str, at: datetime) -> list[Row]:
        dice, rows = self.dice, []
        strangers = [("intune", 900), ("sccm", 900), ("sccm", 901)]
        for machine in self.machines:
            if source not in machine.agents or self._missing(machine, source):
                continue
            facts = machine.seen[source]
            if dice.random() < 0.04:
                machine.seen[source] = facts = {**self._device_facts(machine), "first_seen_at": facts["first_seen_at"]}
            if dice.random() < 0.3 or "last_seen_at" not in facts:
                seen = at - timedelta(days=dice.choice([0, 0, 1, 2, 5, 14, 29, 30, 31, 45]), hours=dice.randint(0, 30))
                facts["last_seen_at"] = str(seen + (timedelta(days=9) if dice.random() < 0.06 else timedelta(0)))
                used = {"daily": 1, "rarely": dice.randint(10, 60)}.get(facts["active"] or "")
                facts["last_user_activity_at"] = str(seen - timedelta(days=used)) if used else None
            readable = machine.serial if (machine.number + len(source)) % 9 else dice.choice(PLACEHOLDERS)
            rows.append(
                {
                    **{name: value for name, value in facts.items() if name not in ("cpu", "active")},
                    "device_id": f"D{machine.number}" if machine.number % 4 == 0 else f"{source}-{machine.number}",
                    "manufacturer": self._maker(machine, (machine.number + len(source)) % 8 == 0),
                    "serial_number": self._spelled(readable),
                    "hostname": self._host(machine, machine.number % 10 == 3),
                    "mac_address": machine.mac,
                    "model": machine.model,
                    "cpu_p95_30d": facts["cpu"] if dice.random() < 0.9 else None,
                }
            )
        for tool, number in strangers:
            if tool == source and dice.random() < 0.8:
                rows.append(
                    {
                        "device_id": f"stranger-{number}",
                        "serial_number": f"STRANGE{number}",
                        "manufacturer": "Acme",
                        "hostname": dice.choice(["pc1", "unknown"]),
                        "device_class": dice.choice(["laptop", None]),
                        "last_seen_at": str(at - timedelta(hours=dice.choice([0, 10]))),
                        "first_seen_at": None,
                    }
                )
        return rows

    def _hr(self, source: str, at: datetime) -> list[Row]:
        dice = self.dice
        for (person, number), spell in list(self.spells.items()):
            if dice.random() < 0.1:
                self.spells[person, number] = {**spell, "on_leave": dice.choice([None, "false", "true"])}
            if dice.random() < 0.05:
                self.spells[person, number] = {**self._spell(person, number), "hire_date": spell["hire_date"]}
            if number == 1 and (person, 2) not in self.spells and dice.random() < 0.03:
                self.spells[person, 2] = self._spell(person, 2)
        return [spell for spell in self.spells.values() if dice.random() < 0.98]

    def _catalog(self, source: str, at: datetime) -> list[Row]:
        dice = self.dice
        for patch in self.patches:
            if dice.random() < 0.06:
                patch["superseded_by"] = dice.choice([None, "KB99"])
            if dice.random() < 0.04:
                patch["is_expired"] = dice.choice(["true", "false"])
            if dice.random() < 0.04:
                patch["severity"] = dice.choice(["critical", "important", "low"])
        return [dict(patch) for patch in self.patches if dice.random() < 0.98]

    def _patch_states(self, source: str, at: datetime) -> list[Row]:
        dice, rows = self.dice, []
        for machine in self.machines:
            if source == "scanner":
                ids = [f"D{machine.number}" if machine.number % 4 == 0 else f"sccm-{machine.number}"]
                ids = ids if machine.number % 6 == 0 else []
            else:
                ids = [f"D{machine.number}" if machine.number % 4 == 0 else f"{source}-{machine.number}"]
                ids = ids if source in machine.agents and machine.number % 5 else []
            for device_id in ids:
                if self._missing(machine, f"{source} patches"):
                    continue
                offset = {"intune": 1, "sccm": 2, "scanner": 3}[source]
                base = at - timedelta(days=dice.choice([0, 0, 0, 1, 3, 13, 14, 15]), minutes=offset)
                for patch in self.patches:
                    if dice.random() < 0.15:
                        continue
                    key = (source, device_id, patch["patch_id"] or "")
                    pair = self.pairs.get(key)
                    if pair is None or dice.random() < 0.2:
                        pair = self.pairs[key] = self._pair(pair, device_id, patch, at)
                    checked = base if dice.random() < 0.9 else base - timedelta(days=dice.randint(1, 9))
                    rows.append({**pair, "checked_at": str(checked)})
        return rows

    def _pair(self, before: Row | None, device_id: str, patch: Row, at: datetime) -> Row:
        dice = self.dice
        state = dice.choice(PATCH_STATES)
        exempt = dice.random() < 0.15
        applicable = at - timedelta(days=dice.randint(0, 20)) if dice.random() < 0.3 else None
        installed = at - timedelta(hours=dice.randint(0, 90)) if state == "installed" and dice.random() < 0.5 else None
        return {
            "device_id": device_id,
            "patch_id": patch["patch_id"],
            "state": state,
            "first_applicable_at": before["first_applicable_at"] if before else str(applicable or ""),
            "installed_at": str(installed or ""),
            "exemption_id": "EX1" if exempt else None,
            "exemption_approver": dice.choice(["ciso", "ciso", None]) if exempt else None,
            "exemption_expires_on": str(self._day(at.date(), LAST_DAY + timedelta(days=20)))
            if exempt and dice.random() < 0.9
            else None,
        }

    def _lifecycle(self) -> list[Row]:
        days = [str(self._day(FIRST_DAY, LAST_DAY)) for _ in range(6)]
        return [
            {"product": "Dell Latitude 5440", "cycle": "a", "eol_date": days[0], "is_eol": "false"},
            {"product": "dell latitude 5440", "cycle": "b", "eol_date": "2030-01-01", "is_eol": "true"},
            {
                "product": "hp elitebook",
                "cycle": "1",
                "eol_date": None,
                "is_eol": self.dice.choice(["true", "false", None]),
            },
            {"product": "lenovo t14", "cycle": "1", "eol_date": days[1], "is_eol": None},
            {"product": "acme r750", "cycle": "1", "eol_date": None, "is_eol": None},
            {"product": "windows", "cycle": "10-22h2", "eol_date": days[2], "is_eol": None},
            {"product": "windows", "cycle": "11-23h2", "eol_date": days[3], "is_eol": None},
            {"product": "macos", "cycle": "14", "eol_date": "2027-01-01", "is_eol": None},
        ]

    def _rates(self) -> list[Row]:
        pair = {"to_currency": "USD", "rate_type": "spot", "rate": "1.1"}
        return [
            {"rate_date": "2023-01-02", "from_currency": "EUR", **pair},
            {"rate_date": str(self._day(FIRST_DAY, LAST_DAY)), "from_currency": "GBP", **pair},
        ]

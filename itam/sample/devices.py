"""What three discovery tools see: the feed `device_discovery`, and the devices other feeds hang on.

Here: agents, sightings, operating systems, and devices that no register knows. Not here: software and patches.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from itam.sample import dirt
from itam.sample.columns import flags, integers, pick, same, stamps, strings, text
from itam.sample.estate import DEPLOYED
from itam.sample.organisation import (
    CARELESSNESS,
    CLASSES,
    COMPUTERS,
    DESKTOP,
    LAPTOP,
    LINES,
    MOBILE,
    MODEL_LINE,
    MODEL_NAMES,
    NETWORK,
    NETWORKED,
    PRINTER,
    SERVER,
    STORAGE,
    TABLET,
    VM,
    model_at,
)
from itam.sample.registers import PLACEHOLDERS, Register, serial_numbers
from itam.sample.timeline import DAY, FAR, Flags, Ints, Timeline, stream

INTUNE, CONFIGMGR, LANSWEEPER = 0, 1, 2
TOOLS = ("intune", "configmgr", "lansweeper")
_PURGED_AFTER_DAYS = (120, 100, 60)
# share of each class that a tool manages
_REACH = np.zeros((3, len(CLASSES)))
_REACH[INTUNE, [LAPTOP, MOBILE, TABLET]] = 0.965, 0.975, 0.965
_REACH[CONFIGMGR, [LAPTOP, DESKTOP, SERVER]] = 0.46, 0.975, 0.93
_REACH[LANSWEEPER, [DESKTOP, SERVER, NETWORK, PRINTER, STORAGE, VM]] = 0.45, 0.78, 0.97, 0.94, 0.93, 0.92
# in a drawer (neither seen nor used), and switched on but unused
_DRAWER = np.zeros(len(CLASSES))
_DRAWER[[LAPTOP, DESKTOP, MOBILE, TABLET, SERVER, PRINTER]] = 0.020, 0.018, 0.022, 0.05, 0.006, 0.02
_UNUSED = np.zeros(len(CLASSES))
_UNUSED[[LAPTOP, DESKTOP, MOBILE, TABLET]] = 0.085, 0.12, 0.08, 0.15
_CLASS_WORDS = (
    "laptop",
    "desktop",
    "monitor",
    "dock",
    "smartphone",
    "tablet",
    "server",
    "switch",
    "printer",
    "storage",
    "virtual_machine",
)

WIN10, WIN11_21, WIN11_23, WIN11_24, SERVER_2016, SERVER_2022, MACOS_14, MACOS_15, IOS, ANDROID, LINUX, NO_OS = range(
    12
)
_OS_NAMES = (
    "Windows 10 Enterprise",
    "Windows 11 Enterprise",
    "Windows 11 Enterprise",
    "Windows 11 Enterprise",
    "Windows Server 2016 Standard",
    "Windows Server 2022 Standard",
    "macOS",
    "macOS",
    "iOS",
    "Android",
    "Ubuntu 22.04 LTS",
    "",
)
_OS_VERSIONS = (
    "10.0.19045",
    "10.0.22000",
    "10.0.22631",
    "10.0.26100",
    "10.0.14393",
    "10.0.20348",
    "14.7.2",
    "15.3",
    "18.3",
    "15",
    "22.04",
    "",
)
_CPUS = ("Intel Core i5-1345U", "Intel Core i7-1365U", "Apple M3", "Intel Xeon Gold 6338", "Intel Xeon Gold 6430")
CORP, GUEST, OT, CLOUD = range(4)
_ZONES = ("corp", "guest", "ot", "cloud")


@dataclass
class Devices:
    """Devices as columns; the first ones are the estate's, then those without an asset."""

    register: Register
    asset: Ints
    asset_class: Ints
    model: Ints
    owner: Ints
    since: Ints
    until: Ints
    zone: Ints
    is_personal: Flags
    tools: Flags
    drawer_from: Ints
    unused_from: Ints
    minute: Ints
    upgrade_11: Ints
    upgrade_24: Ints
    clock_error: Ints
    sockets: Ints
    cores: Ints
    load: NDArray[np.float64]
    serials: pa.Array
    hostnames: pa.Array
    ids: tuple[pa.Array, ...]
    macs: pa.Array
    cloud_ids: pa.Array
    last_seen: Ints = field(default_factory=lambda: np.zeros((3, 0), dtype=np.int64))
    last_used: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.asset)

    def is_windows(self) -> Flags:
        """Devices that run Windows: everything but Apple's among the computers."""
        makers = np.array([line.maker for line in LINES])[MODEL_LINE[self.model]]
        result: Flags = np.isin(self.asset_class, COMPUTERS) & (makers != "Apple")
        return result

    def owner_at(self, week: int) -> Ints:
        """Who holds each device in a week: an index into people, or -1."""
        held = self.register.estate.frame(week, "owner")
        return np.where(self.asset >= 0, held[self.asset], self.owner)

    def listed(self, tool: int, day: int) -> Flags:
        """Devices in a tool's list: seen by it, and not yet cleaned up."""
        seen = self.last_seen[tool]
        result: Flags = self.tools[tool] & (seen > (day - _PURGED_AFTER_DAYS[tool]) * DAY) & (self.since <= day)
        return result


def make_devices(seed: int, line: Timeline, register: Register) -> Devices:
    """Draw agents, habits and strangers once."""
    rng = stream(seed, "devices")
    estate, people = register.estate, register.people
    assets = np.flatnonzero(np.isin(estate.asset_class, NETWORKED))
    computers = int(np.isin(estate.asset_class, COMPUTERS).sum() * 0.62)
    span = line.as_of - line.first + 200

    def strangers(rate: float, stay: int) -> int:
        return round(rate * computers * (span + stay) / stay)

    rogue, visiting, phones = (
        strangers(dirt.ROGUE_DEVICES, 140),
        strangers(dirt.GUEST_AND_OT_DEVICES, 60),
        len(register.byod_person),
    )
    extra = rogue + visiting
    extra_line = rng.choice([0, 1, 2, 4, 5, 12, 13, 19], extra, p=[0.2, 0.2, 0.15, 0.15, 0.1, 0.07, 0.08, 0.05])
    begins = line.first - 200 + (span * rng.random(extra)).astype(np.int64)
    year = 1970 + line.first // 365.25
    model = np.concatenate(
        [
            estate.model[assets],
            np.array([model_at(int(n), int(year)) for n in extra_line], dtype=np.int64),
            np.array([model_at(int(n), int(year) - 1) for n in register.byod_line], dtype=np.int64),
        ]
    )
    asset = np.concatenate([assets, np.full(extra + phones, -1)])
    count = len(asset)
    asset_class = np.concatenate(
        [
            estate.asset_class[assets],
            np.array([line_.asset_class for line_ in LINES])[extra_line],
            np.full(phones, MOBILE),
        ]
    )
    owners = np.abs(register.byod_person) - (register.byod_person < 0)
    zombie = np.isin(estate.asset_class[assets], (LAPTOP, DESKTOP)) & (
        rng.random(len(assets)) < dirt.RETIRED_STILL_SEEN
    )
    retired = estate.retired[assets]
    until = np.where(zombie & (retired < FAR), retired + rng.integers(40, 400, len(assets)), retired)
    zone = np.zeros(count, dtype=np.int64)
    zone[len(assets) + rogue : len(assets) + extra] = np.where(rng.random(visiting) < 0.7, GUEST, OT)
    is_vm = asset_class == VM
    in_cloud = is_vm & (rng.random(count) < 0.45)
    zone[in_cloud] = CLOUD
    careless = np.where(asset >= 0, CARELESSNESS[estate.department[asset]], 1.0)
    drawn = rng.random(count) / careless
    is_drawer = drawn < _DRAWER[asset_class]
    is_unused = ~is_drawer & (drawn < (_DRAWER + _UNUSED)[asset_class])
    since = np.concatenate([estate.in_service[assets], begins, register.byod_from])
    until = np.concatenate([until, begins + rng.integers(20, 260, extra), register.byod_to])
    idle_from = np.where(since < line.first, line.first - 200, since) + rng.integers(10, 330, count)
    reach = rng.random((3, count)) < _REACH[:, asset_class]
    reach[CONFIGMGR] &= np.array([x.maker for x in LINES])[MODEL_LINE[model]] != "Apple"
    reach &= rng.random(count) >= dirt.NO_AGENT
    estate_end = len(assets)
    reach[:, estate_end : estate_end + extra] = False
    reach[LANSWEEPER, estate_end : estate_end + extra] = True
    reach[INTUNE, estate_end : estate_end + rogue] = rng.random(rogue) < 0.3
    reach[:, estate_end + extra :] = False
    reach[INTUNE, estate_end + extra :] = True
    serials = serial_numbers(rng, MODEL_LINE[model])
    known = [register.serials[row] for row in assets.tolist()]
    serials[:estate_end] = known
    serials[estate_end + extra :] = register.byod_serials
    no_serial = (rng.random(count) < dirt.DISCOVERED_WITHOUT_SERIAL) | is_vm
    desk = np.isin(asset_class, (LAPTOP, DESKTOP)) & (until > line.as_of) & reach.any(axis=0)
    placeholder = dirt.strike(rng, count, dirt.DISCOVERED_PLACEHOLDER_SERIAL, desk & (asset >= 0) & ~no_serial)
    for row in np.flatnonzero(no_serial).tolist():
        serials[row] = None
    for row in np.flatnonzero(placeholder & ~no_serial).tolist():
        serials[row] = PLACEHOLDERS[row % len(PLACEHOLDERS)]
    numbers = range(count)
    register_hosts = register.hostnames.take(pa.array(assets)).to_pylist()
    hosts = [
        register_hosts[row] if row < estate_end and kind not in (MOBILE, TABLET) else f"{_CLASS_WORDS[kind]}-{row:06d}"
        for row, kind in zip(numbers, asset_class.tolist(), strict=True)
    ]
    is_server = asset_class == SERVER
    skewed = dirt.strike(rng, count, dirt.DISCOVERED_CLOCK_SKEW, desk & (since < line.first) & ~is_drawer)
    late_11 = line.first + rng.integers(0, line.as_of - line.first + 60, count)
    devices = Devices(
        register=register,
        asset=asset,
        asset_class=asset_class,
        model=model,
        owner=np.concatenate([np.full(estate_end + extra, -1), owners]),
        since=since,
        until=until,
        zone=zone,
        is_personal=np.arange(count) >= estate_end + extra,
        tools=reach,
        drawer_from=np.where(is_drawer, idle_from, FAR),
        unused_from=np.where(is_unused, idle_from, FAR),
        minute=rng.integers(0, 66, count) * 10,
        upgrade_11=np.where(rng.random(count) < 0.74, 0, np.where(rng.random(count) < 0.12, FAR, late_11)),
        upgrade_24=np.where(rng.random(count) < 0.3, 0, late_11 + rng.integers(20, 240, count)),
        clock_error=np.where(skewed, rng.integers(24, 84, count) * 3600, 0),
        sockets=np.where(is_server, 2, 1),
        cores=np.where(is_server, rng.choice([8, 12, 16, 24], count), np.where(is_vm, rng.choice([2, 4, 8], count), 8)),
        load=np.where(rng.random(count) < 0.075, rng.uniform(0.4, 4.2, count), rng.uniform(9, 78, count)),
        serials=strings(serials),
        hostnames=strings(hosts),
        ids=tuple(strings([f"{prefix}{row:07d}" for row in numbers]) for prefix in ("im-", "1677", "ls-")),
        macs=strings(
            [
                f"02:42:{row >> 24 & 255:02x}:{row >> 16 & 255:02x}:{row >> 8 & 255:02x}:{row & 255:02x}"
                for row in numbers
            ]
        ),
        cloud_ids=strings(
            [
                f"/subscriptions/halden/vm/{row:07d}" if cloud else None
                for row, cloud in zip(numbers, in_cloud.tolist(), strict=True)
            ]
        ),
    )
    _settle(devices, rng, line.first)
    assert len(people) > 0
    return devices


def _settle(devices: Devices, rng: np.random.Generator, day: int) -> None:
    """Sightings as they stand before the first delivery."""
    count = len(devices)
    devices.last_seen = np.zeros((3, count), dtype=np.int64)
    devices.last_used = np.zeros(count, dtype=np.int64)
    here = (devices.since <= day - 2) & (devices.until >= day)
    recent = (day - 2) * DAY + 7 * 3600 + devices.minute * 60
    away = np.maximum(day - rng.integers(5, 300, count), devices.since) * DAY + 8 * 3600
    seen = np.where(devices.drawer_from <= day, away, recent)
    used = np.where(np.minimum(devices.drawer_from, devices.unused_from) <= day, away, recent)
    devices.last_seen = np.where(here & devices.tools, seen, 0)
    devices.last_used = np.where(here, np.minimum(used, seen), 0)


def advance(devices: Devices, seed: int, week: int, previous: int, day: int) -> None:
    """Everything that reported between two deliveries."""
    rng = stream(seed, "sightings", day)
    count = len(devices)
    gap = day - previous
    status = devices.register.estate.frame(week, "status")
    in_use = np.where(devices.asset >= 0, status[devices.asset] == DEPLOYED, True)
    zombie = (devices.asset >= 0) & (devices.until > devices.register.estate.retired[devices.asset])
    in_use |= zombie & (devices.register.estate.retired[devices.asset] <= day)
    present = in_use & (devices.since < day) & (day <= devices.until)
    # holidays: about 5 % are away in any three weeks
    block = (day // 21 * 7919 + np.arange(count) * 104729) % 1000
    offset = rng.geometric(np.where(block < 45, 0.02, 0.72)) - 1
    offset = np.where((offset < gap) & present, offset, -1)
    when = (day - 1 - np.maximum(offset, 0)) * DAY + 7 * 3600 + devices.minute * 60
    seen = (offset >= 0) & (devices.drawer_from > day)
    reached = seen & (rng.random((3, count)) < 0.97) & devices.tools
    devices.last_seen = np.where(reached, np.maximum(devices.last_seen, when), devices.last_seen)
    used = reached.any(axis=0) & (devices.unused_from > day) & (rng.random(count) < 0.97)
    devices.last_used = np.where(used, np.maximum(devices.last_used, when), devices.last_used)


def operating_systems(devices: Devices, day: int) -> Ints:
    """The operating system of each device on a day, as an index into the names above."""
    row = np.arange(len(devices))
    windows = np.select(
        [devices.upgrade_11 > day, devices.upgrade_24 <= day, row % 400 == 3], [WIN10, WIN11_24, WIN11_21], WIN11_23
    )
    apple = np.array([line.maker == "Apple" for line in LINES])[MODEL_LINE[devices.model]]
    return np.select(
        [
            apple & (devices.asset_class == LAPTOP),
            np.isin(devices.asset_class, (LAPTOP, DESKTOP)),
            (devices.asset_class == SERVER) & (row % 5 == 0),
            np.isin(devices.asset_class, (SERVER, VM)),
            np.isin(devices.asset_class, (MOBILE, TABLET)),
        ],
        [
            np.where(devices.upgrade_24 <= day, MACOS_15, MACOS_14),
            windows,
            LINUX,
            np.where(row % 9 == 1, SERVER_2016, SERVER_2022),
            np.where(apple, IOS, ANDROID),
        ],
        NO_OS,
    )


def device_discovery_feed(devices: Devices, seed: int, tool: int, week: int, day: int) -> pa.Table:
    """One tool's list on a day."""
    people = devices.register.people
    rows = np.flatnonzero(devices.listed(tool, day))
    asset_class = devices.asset_class[rows]
    system = operating_systems(devices, day)[rows]
    owner = devices.owner_at(week)[rows]
    seen = devices.last_seen[tool][rows] + devices.clock_error[rows]
    used = np.minimum(devices.last_used[rows], devices.last_seen[tool][rows])
    gives_use = np.isin(asset_class, (LAPTOP, DESKTOP, MOBILE, TABLET)) & (used > 0) & (tool != LANSWEEPER)
    is_server = asset_class == SERVER
    has_cpu = np.isin(asset_class, (LAPTOP, DESKTOP, SERVER, VM))
    drift = stream(seed, "load", day // 7).uniform(-0.3, 0.3, len(devices))
    load = np.round(np.clip(devices.load + drift, 0.1, 99), 1)[rows]
    hosts = devices.hostnames.take(pa.array(rows))
    if tool == LANSWEEPER:
        hosts = strings([f"{name.lower()}.corp.halden.example" for name in hosts.to_pylist()])
    virtual = asset_class == VM
    cloud = devices.zone[rows] == CLOUD
    referee = people.upns if tool == INTUNE else people.ids
    return pa.table(
        {
            "device_id": devices.ids[tool].take(pa.array(rows)),
            "serial_number": devices.serials.take(pa.array(rows)),
            "manufacturer": text([line.reported_as for line in LINES], MODEL_LINE[devices.model[rows]]),
            "model": text(MODEL_NAMES, devices.model[rows]),
            "hostname": hosts,
            "mac_address": pick(devices.macs, rows, ~np.isin(asset_class, (MOBILE, TABLET))),
            "device_class": text(_CLASS_WORDS, asset_class, rows % 211 != 8),
            "os_name": text(_OS_NAMES, system, system != NO_OS),
            "os_version": text(_OS_VERSIONS, system, system != NO_OS),
            "first_seen_at": stamps((devices.since[rows] + tool) * DAY + 9 * 3600 + devices.minute[rows] * 60),
            "last_seen_at": stamps(seen),
            "last_user_activity_at": stamps(used, gives_use),
            "user_ref": pick(referee, owner) if tool != LANSWEEPER else same(None, len(rows)),
            "ownership": text(
                ["company", "personal", "unknown"],
                np.where(devices.is_personal[rows], 1, np.where((devices.asset[rows] < 0) & (rows % 2 == 0), 2, 0)),
                np.full(len(rows), tool == INTUNE),
            ),
            "network_zone": text(_ZONES, devices.zone[rows]),
            "is_virtual": flags(virtual),
            "host_device_id": pick(devices.ids[tool], _host(devices, rows), virtual & ~cloud),
            "cluster_id": text([f"cluster-{n}" for n in range(8)], rows % 8, virtual & ~cloud),
            "cpu_sockets": integers(devices.sockets[rows], has_cpu),
            "cores_per_socket": integers(devices.cores[rows], has_cpu),
            "cpu_model": text(
                _CPUS,
                np.where(is_server, 3 + rows % 2, np.where(np.isin(system, (MACOS_14, MACOS_15)), 2, rows % 2)),
                has_cpu,
            ),
            "cpu_p95_30d": pa.array(load, mask=~(is_server | virtual)),
            "cloud_resource_id": devices.cloud_ids.take(pa.array(rows)),
            "is_encrypted": flags(rows % 29 != 4, np.isin(asset_class, (LAPTOP, MOBILE, TABLET))),
        }
    )


def _host(devices: Devices, rows: Ints) -> Ints:
    """The server each virtual machine runs on."""
    servers = np.flatnonzero((devices.asset_class == SERVER) & devices.tools[LANSWEEPER])
    return servers[rows % len(servers)] if len(servers) else np.full(len(rows), -1)

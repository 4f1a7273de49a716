"""What is installed, and how much it is used: the feed `software_install`.

Here: installs as spans with habits of use. Not here: the rights to them (licences.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from itam.sample import dirt
from itam.sample.columns import days, flags, integers, same, stamps, text
from itam.sample.devices import CONFIGMGR, INTUNE, Devices
from itam.sample.organisation import DESKTOP, LAPTOP, SERVER
from itam.sample.timeline import DAY, FAR, Flags, Ints, Timeline, stream


@dataclass(frozen=True)
class Title:
    """A program as an agent names it: who gets it, and how it is used.

    `departments` limits it (empty = everybody); use is the share of installs that are never used, dormant, occasional.
    """

    publisher: str
    name: str
    version: str
    computers: float = 0.0
    servers: float = 0.0
    departments: tuple[int, ...] = ()
    is_metered: bool = False
    use: tuple[float, float, float] = (0.0, 0.05, 0.2)
    windows_only: bool = True
    next_version: str = ""


_ENGINEERS, _DESIGN, _OFFICE = (0,), (1, 7), (3, 5, 8, 10)
TITLES = (
    Title(
        "Microsoft Corporation",
        "Microsoft Office Professional Plus 2021 - en-us",
        "16.0.14332",
        0.70,
        0,
        (),
        True,
        (0.005, 0.03, 0.08),
    ),
    Title(
        "Microsoft Corporation",
        "Microsoft Office Professional Plus 2019 - en-us",
        "16.0.10417",
        0.27,
        0,
        (),
        True,
        (0.01, 0.05, 0.12),
    ),
    Title("Microsoft Corporation", "Microsoft Word 2021", "16.0.14332", 0.006, 0, (), True),
    Title("Microsoft Corporation", "Microsoft Excel 2021", "16.0.14332", 0.006, 0, (), True),
    Title("Microsoft Corporation", "Microsoft PowerPoint 2021", "16.0.14332", 0.006, 0, (), True),
    Title(
        "Microsoft Corporation",
        "Microsoft Visio Professional 2021 - en-us",
        "16.0.14332",
        0.045,
        0,
        (),
        True,
        (0.05, 0.10, 0.4),
    ),
    Title(
        "Microsoft Corporation",
        "Microsoft Visio Professional 2019 - en-us",
        "16.0.10417",
        0.020,
        0,
        (),
        True,
        (0.05, 0.15, 0.4),
    ),
    Title("", "Visio Pro 2016", "16.0.4266", 0.004, 0, (), True, (0.1, 0.3, 0.4)),
    Title(
        "Microsoft Corporation",
        "Microsoft Project Professional 2021 - en-us",
        "16.0.14332",
        0.030,
        0,
        (),
        True,
        (0.06, 0.12, 0.4),
    ),
    Title("Adobe Inc.", "Adobe Acrobat Pro (64-bit)", "24.002.20759", 0.12, 0, (), True, (0.04, 0.08, 0.3), False),
    Title("Adobe Inc.", "Adobe Creative Cloud All Apps", "6.3.0.207", 0.45, 0, _DESIGN, True, (0.02, 0.05, 0.1), False),
    Title("Adobe Inc.", "Adobe Photoshop 2025", "26.3.0", 0.40, 0, _DESIGN, True, (0.03, 0.08, 0.2), False),
    Title("Adobe Inc.", "Adobe Illustrator 2025", "29.2.1", 0.35, 0, _DESIGN, True, (0.05, 0.10, 0.2), False),
    Title(
        "JetBrains s.r.o.",
        "IntelliJ IDEA Ultimate 2024.3",
        "243.22562",
        0.38,
        0,
        _ENGINEERS,
        True,
        (0.03, 0.07, 0.1),
        False,
    ),
    Title(
        "JetBrains s.r.o.",
        "IntelliJ IDEA Community Edition 2024.3",
        "243.22562",
        0.2,
        0,
        _ENGINEERS,
        False,
        (0.1, 0.2, 0.2),
        False,
    ),
    Title("Autodesk, Inc.", "Autodesk AutoCAD 2025 - English", "25.0.58", 0.16, 0, (10, 1), True, (0.04, 0.10, 0.2)),
    Title("Autodesk, Inc.", "AutoCAD LT 2024 - English", "24.3.61", 0.02, 0, (10,), True, (0.1, 0.2, 0.3)),
    Title("Esri", "ArcGIS Pro", "3.4.0", 0.02, 0, (8,), True),
    Title("Micro Focus", "LoadRunner Professional", "24.3", 0.015, 0, _ENGINEERS, False),
    Title("RARLAB", "WinRAR 7.01 (64-bit)", "7.01.0", 0.004),
    Title("TeamViewer", "TeamViewer", "15.61.4", 0.003),
    Title("Microsoft Corporation", "Microsoft SQL Server 2019 Standard (64-bit)", "15.0.2000", 0, 0.10),
    Title("Microsoft Corporation", "Microsoft SQL Server 2022 Standard (64-bit)", "16.0.1000", 0, 0.07),
    Title("VMware, Inc.", "VMware vSphere ESXi Agent", "8.0.3", 0, 0.16),
    Title("Google LLC", "Google Chrome", "131.0.6778", 0.94, 0.1, (), False, (0, 0, 0.05), False, "133.0.6943"),
    Title("Igor Pavlov", "7-Zip 24.08 (x64)", "24.08", 0.66, 0.55, (), False, (0.1, 0.2, 0.4), True, "24.09"),
    Title(
        "Adobe Inc.",
        "Adobe Acrobat Reader (64-bit)",
        "24.004.20220",
        0.72,
        0,
        (),
        False,
        (0, 0.05, 0.2),
        True,
        "25.001.20428",
    ),
    Title("Notepad++ Team", "Notepad++ (64-bit x64)", "8.7.1", 0.34, 0.4, (0, 2), False),
    Title("VideoLAN", "VLC media player", "3.0.21", 0.22, 0, (), False, (0.1, 0.3, 0.4), False),
    Title("Microsoft Corporation", "Microsoft Visual C++ 2015-2022 Redistributable (x64)", "14.42.34433", 0.90, 0.9),
    Title("Microsoft Corporation", "Security Update for Microsoft Office (KB5002653)", "", 0.4, 0),
    Title("Realtek Semiconductor Corp.", "Realtek Audio Driver", "6.0.9239", 0.45, 0),
)
_TAIL = tuple(
    Title(publisher, name, version, windows_only=False)
    for publisher, name, version in (
        ("Halden Group", "Halden Timesheet Client", "4.2.1"),
        ("Siemens AG", "SIMATIC License Manager", "6.0.12"),
        ("Garmin Ltd", "Garmin Express", "7.21.0"),
        ("Bosch Rexroth", "IndraWorks Engineering", "15.06"),
        ("", "Inhouse Label Printer Tool", "1.9"),
        ("Canon Inc.", "imageRUNNER Status Monitor", "3.20"),
        ("Postman", "Postman x86_64", "11.20.0"),
        ("Docker Inc.", "Docker Desktop", "4.37.1"),
        ("Zoom", "Zoom Workplace (64-bit)", "6.3.0"),
        ("Spotify AB", "Spotify", "1.2.53"),
    )
)
_ALL = TITLES + _TAIL
_VERSIONS = tuple(dict.fromkeys([t.version for t in _ALL] + [t.next_version for t in _ALL if t.next_version]))
_PUBLISHERS = tuple(dict.fromkeys(t.publisher for t in _ALL))
_WITH_THE_MACHINE = [
    n for n, t in enumerate(TITLES) if t.name.startswith(("Microsoft Word", "Microsoft Excel", "Microsoft PowerPoint"))
]
NEVER, DORMANT, OCCASIONAL, REGULAR = range(4)
RESTS_DAYS = 160
_METERED_TITLES = np.array([t.is_metered for t in _ALL])


@dataclass
class Installs:
    """Installs as columns: a program on a device from a day to a day."""

    devices: Devices
    device: Ints
    title: Ints
    version: Ints
    since: Ints
    until: Ints
    habit: Ints
    is_doubled: Flags

    def __len__(self) -> int:
        return len(self.device)


def make_installs(seed: int, line: Timeline, devices: Devices) -> Installs:
    """Draw who has which program from when on."""
    rng = stream(seed, "software")
    estate = devices.register.estate
    computers = np.flatnonzero(
        np.isin(devices.asset_class, (LAPTOP, DESKTOP, SERVER))
        & (devices.asset >= 0)
        & devices.tools[[INTUNE, CONFIGMGR]].any(axis=0)
        & (devices.until > line.first - 90)
    )
    windows = devices.is_windows()[computers]
    server = devices.asset_class[computers] == SERVER
    department = estate.department[devices.asset[computers]]
    office, studio = np.zeros(len(computers), dtype=bool), np.zeros(len(computers), dtype=bool)
    parts: list[tuple[Ints, int]] = []
    for index, title in enumerate(TITLES):
        share = np.where(server, title.servers, title.computers)
        if title.departments:
            share = share * np.isin(department, title.departments)
        has = (rng.random(len(computers)) < share) & (windows | (not title.windows_only))
        if title.name.startswith("Microsoft Office Professional"):
            has &= ~office  # one suite, or none
            office |= has
        elif title.name.startswith(("Microsoft Word", "Microsoft Excel", "Microsoft PowerPoint")):
            has = windows & ~server & ~office & (np.arange(len(computers)) % 6 != 0)
        if title.name.startswith("Adobe Creative"):
            studio = has
        elif title.name.startswith(("Adobe Photoshop", "Adobe Illustrator")):
            has &= studio | (np.arange(len(computers)) % 8 == 0)  # hardly ever without the suite
        parts.append((computers[has], index))
    for offset in range(len(_TAIL)):
        has = ~server & (rng.random(len(computers)) < dirt.UNKNOWN_SOFTWARE_NAMES * 7.1 / len(_TAIL))
        parts.append((computers[has], len(TITLES) + offset))
    device = np.concatenate([rows for rows, _ in parts])
    title_of = np.concatenate([np.full(len(rows), index) for rows, index in parts])
    count = len(device)
    since = np.maximum(devices.since[device], line.first - 900) + np.where(
        rng.random(count) < 0.7, rng.integers(0, 4, count), rng.integers(5, 500, count)
    )
    limits = np.cumsum([t.use for t in _ALL], axis=1)[title_of]
    draw = rng.random(count)[:, None]
    habit = (draw >= limits).sum(axis=1)
    stays = np.where(rng.random(count) < 0.06, rng.integers(100, 900, count), FAR)
    bundled = np.isin(title_of, _WITH_THE_MACHINE)
    since, stays = np.where(bundled, devices.since[device], since), np.where(bundled, FAR, stays)
    updated = np.array([bool(t.next_version) for t in _ALL])[title_of]
    update_day = line.first + rng.integers(10, max(11, 7 * line.weeks - 3), count)
    first_version = np.array([_VERSIONS.index(t.version) for t in _ALL])[title_of]
    second_version = np.array([_VERSIONS.index(t.next_version) if t.next_version else -1 for t in _ALL])[title_of]
    end = np.minimum(since + stays, FAR)
    newer = updated & (since < update_day) & (update_day < end)
    until = np.where(newer, update_day, end)
    both = {
        "device": np.concatenate([device, device[newer]]),
        "title": np.concatenate([title_of, title_of[newer]]),
        "version": np.concatenate([first_version, second_version[newer]]),
        "since": np.concatenate([since, update_day[newer]]),
        "until": np.concatenate([until, end[newer]]),
        "habit": np.concatenate([habit, habit[newer]]),
    }
    order = np.lexsort((both["since"], both["title"], both["device"]))
    sorted_columns = {name: column[order] for name, column in both.items()}
    doubled = rng.random(len(order)) < 0.05
    return Installs(devices=devices, **sorted_columns, is_doubled=doubled)


def software_install_feed(installs: Installs, tool: int, day: int) -> pa.Table:
    """One agent's inventory: configmgr where it runs, intune elsewhere (and a few programs from both)."""
    devices = installs.devices
    listed = devices.listed(tool, day)
    other = devices.tools[CONFIGMGR] if tool == INTUNE else np.zeros(len(devices), dtype=bool)
    mine = listed[installs.device] & (~other[installs.device] | installs.is_doubled)
    rows = np.flatnonzero(mine & (installs.since <= day) & (day < installs.until))
    device, title, habit = installs.device[rows], installs.title[rows], installs.habit[rows]
    metered = _METERED_TITLES[title] & (tool == CONFIGMGR)
    last_contact = devices.last_used[device] // DAY
    last_contact = np.where(last_contact > 0, last_contact, devices.last_seen[tool][device] // DAY)
    period = 18 + rows % 40
    used = np.select(
        [habit == DORMANT, habit == OCCASIONAL, habit == REGULAR],
        [
            np.maximum(installs.since[rows] + 20, day - RESTS_DAYS - rows % 30 - day % 28),
            last_contact - (last_contact + rows) % period,
            last_contact,
        ],
        0,
    )
    used = np.where(
        habit == DORMANT, np.maximum(installs.since[rows], np.minimum(installs.since[rows] + 30 + rows % 60, day)), used
    )
    used = np.minimum(np.maximum(used, installs.since[rows]), last_contact)
    has_use = metered & (habit != NEVER) & (used >= installs.since[rows])
    minutes = np.select([habit == REGULAR, habit == OCCASIONAL], [900 + rows % 61 * 90, 70 + rows % 17 * 20], 0)
    minutes = np.where(used <= day - 90, 0, minutes)
    listed_rows, device_code = np.unique(device, return_inverse=True)
    return pa.table(
        {
            "device_id": text(devices.ids[tool].take(pa.array(listed_rows)), device_code.reshape(-1)),
            "raw_publisher": text(
                _PUBLISHERS, np.array([_PUBLISHERS.index(t.publisher) if t.publisher else -1 for t in _ALL])[title]
            ),
            "raw_name": text([t.name for t in _ALL], title),
            "raw_version": text(
                _VERSIONS, np.where(installs.version[rows] == _VERSIONS.index(""), -1, installs.version[rows])
            ),
            "edition": same(None, len(rows)),
            "product_code": text(
                [f"{{8A1{n:05d}-0000-4000-9000-0FF1CE}}" for n in range(len(_ALL))], title, title % 3 != 0
            ),
            "install_date": days(installs.since[rows], np.full(len(rows), tool == CONFIGMGR)),
            "usage_supported": flags(metered),
            "last_used_at": stamps(used * DAY + 8 * 3600 + devices.minute[device] * 60, has_use),
            "usage_minutes_90d": integers(minutes, metered & (rows % 2 == 0)),
            "environment": text(
                ["prod", "test", "dr"],
                np.select([device % 9 == 0, device % 23 == 0], [1, 2], 0),
                devices.asset_class[device] == SERVER,
            ),
        }
    )

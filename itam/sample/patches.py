"""Patches and how they spread: the feeds `patch_catalog` and `patch_status`.

Here: monthly releases, supersession, delays, exemptions. Not here: which devices exist (devices.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from itam.sample import dirt
from itam.sample.columns import days, flags, stamps, strings, text
from itam.sample.devices import (
    CONFIGMGR,
    INTUNE,
    MACOS_14,
    SERVER_2016,
    WIN10,
    Devices,
    operating_systems,
)
from itam.sample.organisation import CARELESSNESS, DESKTOP, LAPTOP, SERVER
from itam.sample.timeline import DAY, FAR, Flags, Ints, Timeline, month_starts, stream, to_date

STATES = ("missing", "installed", "failed", "not_applicable", "unknown")
MISSING, INSTALLED, FAILED, NOT_APPLICABLE, UNKNOWN = range(5)
CLEANED_UP_AFTER_DAYS = 1
"""Status rows of a patch go on the day that its successor's successor comes in: a device has two rows per family on
every day of the month, so the list never shrinks with the calendar (which a sentinel would take for a broken job)."""
_SEVERITIES = ("critical", "important", "moderate", "low", "unspecified")
CLIENT, SERVERS, MAC, OFFICE, BROWSER, DOTNET = range(6)
_FAMILIES = (
    ("Microsoft", "Windows 11 / 10", "Cumulative Update for Windows"),
    ("Microsoft", "Windows Server", "Cumulative Update for Windows Server"),
    ("Apple", "macOS", "macOS Security Update"),
    ("Microsoft", "Office", "Security Update for Microsoft Office"),
    ("Google", "Chrome", "Stable Channel Update for Desktop"),
    ("Microsoft", ".NET", "Security and Quality Rollup for .NET"),
)


@dataclass
class Patches:
    """The catalogue as columns; one month's release of a family replaces the last."""

    family: Ints
    severity: Ints
    released: Ints
    replaced_at: Ints
    replaced_by: Ints
    expired_at: Ints
    dropped_at: Ints
    ids: list[str]
    cves: list[str | None]
    installed: dict[int, Ints] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.family)


def second_tuesday(month_start: int) -> int:
    """Patch day of a month."""
    first = to_date(month_start)
    return month_start + (1 - first.weekday()) % 7 + 7


def make_patches(line: Timeline) -> Patches:
    """One release per family and patch day, from a quarter before the first delivery."""
    family: list[int] = []
    severity: list[int] = []
    released: list[int] = []
    ids: list[str] = []
    cves: list[str | None] = []
    for number, start in enumerate(month_starts(line.first - 130, line.as_of)):
        day, month = second_tuesday(start), to_date(start)
        if day > line.as_of:
            continue
        for index in range(len(_FAMILIES)):
            if index == DOTNET and number % 2:
                continue
            grade = {MAC: 1, OFFICE: 1, BROWSER: 0, DOTNET: 2}.get(index, 0 if number % 3 == 0 else 1)
            family.append(index)
            severity.append(grade)
            released.append(day + (0, 0, 6, 0, 9, 1)[index])
            ids.append(f"{'KB50' if _FAMILIES[index][0] == 'Microsoft' else 'UPD-'}{month:%y%m}{index}")
            cves.append(f"CVE-{month.year}-{20000 + month.month * 100 + index}" if grade < 2 else None)
    family.append(DOTNET)
    severity.append(3)
    released.append(line.as_of - 140)
    ids.append("KB5099001")
    cves.append(None)
    family_array, released_array = np.array(family), np.array(released)
    replaced_at, replaced_by = np.full(len(family), FAR), np.full(len(family), -1)
    for row in range(len(family) - 1):
        later = np.flatnonzero(
            (family_array == family[row])
            & (released_array > released[row])
            & (np.arange(len(family)) < len(family) - 1)
        )
        if len(later):
            replaced_by[row] = later[0]
            replaced_at[row] = released_array[later[0]]
    expired = np.where(replaced_at < FAR, replaced_at + 75, FAR)
    dropped = np.where(replaced_by >= 0, replaced_at[replaced_by] + CLEANED_UP_AFTER_DAYS, FAR)
    return Patches(
        family_array, np.array(severity), released_array, replaced_at, replaced_by, expired, dropped, ids, cves
    )


def patch_catalog_feed(patches: Patches, which: int, day: int) -> pa.Table:
    """What a patch tool knows on a day."""
    wanted = np.isin(
        patches.family,
        (CLIENT, SERVERS, OFFICE, BROWSER, DOTNET) if which == CONFIGMGR else (CLIENT, MAC, OFFICE, BROWSER, DOTNET),
    )
    rows = np.flatnonzero((patches.released <= day) & wanted)
    replaced = patches.replaced_at[rows] <= day
    titles = [
        f"{to_date(released):%Y-%m} {_FAMILIES[family][2]}"
        for released, family in zip(patches.released[rows].tolist(), patches.family[rows].tolist(), strict=True)
    ]
    return pa.table(
        {
            "patch_id": strings([patches.ids[row] for row in rows.tolist()]),
            "vendor": text([f[0] for f in _FAMILIES], patches.family[rows]),
            "product": text([f[1] for f in _FAMILIES], patches.family[rows]),
            "title": strings(titles),
            "severity": text(_SEVERITIES, patches.severity[rows]),
            "released_at": stamps(patches.released[rows] * DAY + 17 * 3600),
            "superseded_by": text(patches.ids, patches.replaced_by[rows], replaced),
            "is_expired": flags(patches.expired_at[rows] <= day),
            "cve_ids": strings([patches.cves[row] for row in rows.tolist()]),
        }
    )


def _applies(devices: Devices, family: int, day: int) -> Flags:
    system = operating_systems(devices, day)
    computer = np.isin(devices.asset_class, (LAPTOP, DESKTOP))
    windows = computer & (system >= WIN10) & (system < SERVER_2016)
    servers = (devices.asset_class == SERVER) & (system >= SERVER_2016) & (system < MACOS_14)
    result: Flags = (windows, servers, computer & ~windows, windows, windows, windows | servers)[family]
    return result


def _install_days(patches: Patches, patch: int, devices: Devices, seed: int) -> Ints:
    """When each device gets a patch, in seconds; drawn once. Some devices are slow with everything."""
    kept = patches.installed.get(patch)
    if kept is None:
        rng = stream(seed, "patch", patch)
        count = len(devices)
        slow = stream(seed, "slow devices").random(count)
        department = np.where(devices.asset >= 0, devices.register.estate.department[devices.asset], 2)
        slow = slow / CARELESSNESS[department] ** 0.7
        critical = patches.severity[patch] == 0
        factor = np.where(slow < 0.022, 14.0, np.where(slow < 0.07, 2.6, 1.0))
        median = 0.85 if critical else 3.6
        delay = median * factor * np.exp(rng.normal(0, 0.55, count))
        start = np.maximum(patches.released[patch] + 0.8, devices.since + 0.3)
        kept = ((start + delay) * DAY).astype(np.int64)
        patches.installed[patch] = kept
    return kept


def patch_status_feed(patches: Patches, devices: Devices, seed: int, tool: int, day: int) -> pa.Table:
    """One tool's verdict on every device and patch it still tracks."""
    listed = devices.listed(tool, day) & (devices.since < day) & (devices.asset_class != 7)
    if tool == INTUNE:
        listed &= ~devices.tools[CONFIGMGR]
    extracted = day * DAY + 3 * 3600
    parts: list[tuple[Ints, int]] = []
    for patch in range(len(patches)):
        age = day - patches.released[patch]
        if age < 1 or patches.dropped_at[patch] <= day:
            continue
        rows = np.flatnonzero(listed & _applies(devices, int(patches.family[patch]), day))
        parts.append((rows, patch))
    if not parts:
        parts.append((np.empty(0, dtype=np.int64), 0))
    for stale in [p for p in patches.installed if patches.dropped_at[p] < day - 40]:
        del patches.installed[stale]
    device = np.concatenate([rows for rows, _ in parts])
    patch_of = np.concatenate([np.full(len(rows), patch) for rows, patch in parts])
    installed_at = np.concatenate([_install_days(patches, patch, devices, seed)[rows] for rows, patch in parts])
    # an agent that does not report does not install either
    checked = devices.last_seen[tool][device]
    done = installed_at <= np.minimum(checked + DAY, extracted)
    mark = (device * 7919 + patch_of * 104729) % 10_000
    agents = listed & (devices.asset >= 0)
    stuck = dirt.strike(stream(seed, "stuck", tool, day // 90), len(devices), dirt.UNKNOWN_PATCH_STATE, agents)[device]
    stuck &= patches.replaced_at[patch_of] > day
    failed = ~done & (installed_at > extracted + 8 * DAY) & (mark % 3 == 0)
    state = np.select([mark < 90, stuck, done, failed], [NOT_APPLICABLE, UNKNOWN, INSTALLED, FAILED], MISSING)
    open_on_servers = (devices.asset_class[device] == SERVER) & (state != INSTALLED)
    exempt = open_on_servers & (mark % 997 < dirt.EXEMPT_PAIRS * 997)
    if open_on_servers.any() and not exempt.any():
        exempt[np.argmin(np.where(open_on_servers, mark, 10_000))] = True
    runs_out = np.where(mark % 5 == 0, patches.released[patch_of] + 20, patches.released[patch_of] + 180)
    first = np.maximum(patches.released[patch_of] * DAY + 18 * 3600, devices.since[device] * DAY + 12 * 3600)
    listed_rows, code = np.unique(device, return_inverse=True)
    return pa.table(
        {
            "device_id": text(devices.ids[tool].take(pa.array(listed_rows)), code.reshape(-1)),
            "patch_id": text(patches.ids, patch_of),
            "state": text(STATES, state),
            "checked_at": stamps(checked),
            "first_applicable_at": stamps(first, np.full(len(device), tool == CONFIGMGR)),
            "installed_at": stamps(installed_at, (state == INSTALLED) & (tool == CONFIGMGR)),
            "exemption_id": text([f"EX-{n:04d}" for n in range(500)], mark % 500, exempt),
            "exemption_approver": text(
                ["ciso@halden.example"], np.zeros(len(device), dtype=np.int64), exempt & (mark % 11 != 0)
            ),
            "exemption_expires_on": days(runs_out, exempt),
        }
    )


def with_exemption_that_ran_out_yesterday(table: pa.Table, day: int) -> pa.Table:
    """The first missing pair gets an exemption that ended the day before the delivery."""
    state = table.column("state").combine_chunks()
    words = state.dictionary.to_pylist()
    codes = state.indices.to_numpy()
    missing = np.flatnonzero(codes == words.index("missing")) if "missing" in words else np.empty(0, dtype=np.int64)
    if not len(missing):
        return table
    chosen = np.arange(table.num_rows) == missing[0]
    for name, value in (
        ("exemption_id", strings(["EX-9999"])),
        ("exemption_approver", strings(["ciso@halden.example"])),
        ("exemption_expires_on", days(np.array([day - 1]))),
    ):
        at = table.column_names.index(name)
        old = table.column(name).combine_chunks()
        old = old.dictionary_decode() if pa.types.is_dictionary(old.type) else old
        both = pa.concat_arrays([old, value.cast(old.type)])
        index = np.where(chosen, table.num_rows, np.arange(table.num_rows))
        table = table.set_column(at, name, both.take(pa.array(index)))
    return table

"""The calendar of deliveries: which source sends which feed in which week, in which format.

Here: the loop over the weeks, and the deliveries that go wrong. Not here: the content of any feed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa

from itam.sample import dirt
from itam.sample.assurance import (
    audit_feed,
    audit_finding_feed,
    make_assurance,
    physical_count_feed,
    sanitization_feed,
)
from itam.sample.cloud import cloud_cost_feed
from itam.sample.contracts import contract_feed, make_contracts, renewal_event_feed
from itam.sample.devices import LANSWEEPER, TOOLS, advance, device_discovery_feed, make_devices
from itam.sample.estate import headcount_for, make_estate
from itam.sample.finance import (
    budget_line_feed,
    cost_line_feed,
    fixed_asset_feed,
    make_budgets,
    make_ledger,
)
from itam.sample.licences import (
    SEAT_SOURCES,
    entitlement_feed,
    license_assignment_feed,
    make_rights,
    make_seats,
)
from itam.sample.organisation import REGISTERS, SNIPE
from itam.sample.outbox import Format, Outbox
from itam.sample.patches import (
    make_patches,
    patch_catalog_feed,
    patch_status_feed,
    with_exemption_that_ran_out_yesterday,
)
from itam.sample.people import make_people, person_feed
from itam.sample.reference import fx_rate_feed, kev_feed, product_lifecycle_feed
from itam.sample.registers import asset_event_feed, hardware_asset_feed, make_register
from itam.sample.service_desk import incident_feed, make_tickets, outage_feed
from itam.sample.software import make_installs, software_install_feed
from itam.sample.timeline import Timeline, day_number

Progress: TypeAlias = Callable[[int, int, str], None]
"""Called with the deliveries' weeks done, their number, and a word on the current one."""

_EARLY = -1_000_000
_DEVICE_FORMATS: tuple[Format, ...] = ("parquet", "parquet", "csv.gz")


@dataclass(frozen=True)
class SampleSummary:
    """What was written."""

    assets: int
    people: int
    weeks: int
    files: int
    bytes: int
    rows_by_feed: dict[str, int]
    bytes_by_feed: dict[str, int]
    seconds: float


def write_sample(
    home: Path,
    assets: int,
    as_of: date,
    seed: int,
    weeks: int = 60,
    daily_discovery: bool = False,
    progress: Progress | None = None,
    is_columnar: bool = False,
    desk_load: float = 1.0,
) -> SampleSummary:
    """Write the sample organisation's deliveries into `home`/landing: same arguments, same bytes.

    ``is_columnar`` writes every delivery as Parquet; ``desk_load`` is the number of tickets, as a multiple of the
    usual one.
    """
    started = time.perf_counter()
    outbox = Outbox(home / "landing", is_columnar)
    try:
        organisation = _Organisation(outbox, assets, Timeline(day_number(as_of), weeks), seed, desk_load)
        for week, day in enumerate(organisation.line.snapshots):
            organisation.deliver(week, day, daily_discovery)
            if progress is not None:
                progress(week + 1, weeks, as_of.isoformat() if week == weeks - 1 else f"week {week + 1}")
        outbox.settle()
    finally:
        outbox.close()
    return SampleSummary(
        assets=assets,
        people=len(organisation.people),
        weeks=weeks,
        files=sum(outbox.files.values()),
        bytes=sum(outbox.bytes.values()),
        rows_by_feed=dict(sorted(outbox.rows.items())),
        bytes_by_feed=dict(sorted(outbox.bytes.items())),
        seconds=time.perf_counter() - started,
    )


class _Organisation:
    """Everything drawn once; each week is a view of it."""

    def __init__(self, outbox: Outbox, assets: int, line: Timeline, seed: int, desk_load: float) -> None:
        self.outbox, self.line, self.seed = outbox, line, seed
        self.people = make_people(seed, line, headcount_for(assets))
        self.estate = make_estate(seed, line, assets, self.people)
        self.register = make_register(seed, line, self.estate, self.people)
        self.devices = make_devices(seed, line, self.register)
        self.installs = make_installs(seed, line, self.devices)
        self.patches = make_patches(line)
        self.contracts = make_contracts(seed, line, assets, self.people)
        self.seats = make_seats(seed, line, self.people, self.installs)
        self.rights = make_rights(seed, line, self.installs, self.seats, self.contracts)
        self.tickets, self.outages = make_tickets(seed, line, self.estate, self.people, desk_load)
        self.ledger = make_ledger(seed, line, self.register, self.contracts, assets)
        self.budgets = make_budgets(seed, line, self.ledger)
        self.assurance = make_assurance(seed, line, self.register)

    def deliver(self, week: int, day: int, daily_discovery: bool) -> None:
        """All deliveries of one snapshot day, and those of the days before it."""
        since = day - 8 if week else _EARLY  # up to the eve of the delivery before
        weeks_left = self.line.weeks - 1 - week
        self._discovery(week, day, weeks_left, daily_discovery)
        self._registers(week, day, since, weeks_left)
        self._software_and_patches(day, weeks_left)
        self._desk_and_people(week, day, since)
        self._money(week, day, since)
        self._assurance(week, day, since)
        self._reference(week, day, since)

    def _discovery(self, week: int, day: int, weeks_left: int, daily: bool) -> None:
        previous = day - 7
        for moment in range(day - 6 if daily and week else day, day + 1):
            # between two weekly deliveries the estate is as the earlier one left it
            frame = week if moment == day else week - 1
            advance(self.devices, self.seed, frame, previous, moment)
            previous = moment
            for tool, name in enumerate(TOOLS):
                table = device_discovery_feed(self.devices, self.seed, tool, frame, moment)
                rows = table.num_rows
                if moment == day and weeks_left == dirt.LAST_SHORT_DELIVERY and name == "intune":
                    table = table.slice(0, round(rows * 0.52))
                if moment == day and weeks_left == dirt.LAST_MISSING_COLUMN and tool == LANSWEEPER:
                    table = table.drop_columns(["last_seen_at"])
                self.outbox.send(
                    name,
                    "device_discovery",
                    moment,
                    10_800 + tool * 900,
                    table,
                    _DEVICE_FORMATS[tool],
                    manifest=rows if name == "intune" else 0,
                )

    def _registers(self, week: int, day: int, since: int, weeks_left: int) -> None:
        formats: tuple[Format, Format] = ("parquet", "csv.gz")
        for which, source in enumerate(REGISTERS):
            table = hardware_asset_feed(self.register, self.seed, which, week, day)
            self.outbox.send(source, "hardware_asset", day, 7_200 + which * 1_800, table, formats[which])
            events = asset_event_feed(self.register, since, day - 1, which)
            self.outbox.send(source, "asset_event", day, 8_000 + which * 1_800, events, "csv.gz")
            if which == SNIPE and weeks_left == dirt.LAST_LATE_DELIVERY and week:
                older = hardware_asset_feed(self.register, self.seed, which, week - 1, day - 3)
                self.outbox.send(source, "hardware_asset", day - 3, 9_000, older, "csv.gz")

    def _software_and_patches(self, day: int, weeks_left: int) -> None:
        for tool, name in enumerate(TOOLS[:2]):
            table = software_install_feed(self.installs, tool, day)
            self.outbox.send(name, "software_install", day, 12_600 + tool * 600, table, "parquet")
            catalog = patch_catalog_feed(self.patches, tool, day)
            self.outbox.send(name, "patch_catalog", day, 14_000 + tool * 600, catalog, "json")
            status = patch_status_feed(self.patches, self.devices, self.seed, tool, day)
            if name == "configmgr":
                if weeks_left == dirt.LAST_EMPTY_DAY:
                    status = status.slice(0, 0)
                if weeks_left == 0:
                    status = with_exemption_that_ran_out_yesterday(status, day)
            self.outbox.send(name, "patch_status", day, 14_400 + tool * 600, status, "parquet")

    def _desk_and_people(self, week: int, day: int, since: int) -> None:
        self.outbox.send("workday", "person", day, 3_600, person_feed(self.people, self.seed, week, day), "csv.gz")
        self.outbox.send(
            "servicenow-prod", "incident", day, 14_400, incident_feed(self.tickets, self.register, day), "csv.gz"
        )
        outages = outage_feed(self.outages, self.register, since + 1, day)
        self._send_rows("servicenow-prod", "outage", day, 14_700, outages, "jsonl")
        for source, name in enumerate(SEAT_SOURCES):
            seats = license_assignment_feed(self.seats, self.people, source, day)
            self.outbox.send(name, "license_assignment", day, 16_000 + source, seats, ("parquet", "csv.gz")[source])

    def _money(self, week: int, day: int, since: int) -> None:
        lines = cost_line_feed(self.ledger, self.register, since, day - 1)
        self._send_rows("sap", "cost_line", day, 18_000, lines, "csv.gz")
        bill = cloud_cost_feed(self.devices, self.seed, self.line, day, is_first=week == 0)
        self._send_rows("aws", "cloud_cost", day, 19_800, bill, "csv.gz")
        if self.line.is_monthly(week):
            self.outbox.send("sap", "budget_line", day, 18_300, budget_line_feed(self.budgets, day), "csv.gz")
            self.outbox.send("sap", "fixed_asset", day, 18_600, fixed_asset_feed(self.register, day), "parquet")
            self.outbox.send("flexera", "entitlement", day, 17_000, entitlement_feed(self.rights, day), "csv")
            self.outbox.send("ariba", "contract", day, 17_400, contract_feed(self.contracts, self.people, day), "csv")
        events = renewal_event_feed(self.contracts, since, day - 1)
        self._send_rows("ariba", "renewal_event", day, 17_700, events, "jsonl")

    def _assurance(self, week: int, day: int, since: int) -> None:
        if self.line.is_monthly(week):
            self.outbox.send("grc", "audit", day, 20_000, audit_feed(self.assurance, day), "json")
            findings = audit_finding_feed(self.assurance, self.register, day)
            self.outbox.send("grc", "audit_finding", day, 20_300, findings, "jsonl")
        wipes = sanitization_feed(self.assurance, self.register, since, day - 1)
        self._send_rows("ironvale", "sanitization", day, 20_600, wipes, "csv")
        count = physical_count_feed(self.register, self.seed, week, day)
        if count is not None:
            self.outbox.send("stocktake", "physical_count", day, 43_200, count, "csv")

    def _reference(self, week: int, day: int, since: int) -> None:
        self._send_rows("ecb", "fx_rate", day, 900, fx_rate_feed(self.seed, self.line, since, day - 1), "csv")
        if self.line.is_monthly(week):
            self.outbox.send("cisa", "kev", day, 1_200, kev_feed(self.patches, day), "csv")
        if week == 0:
            self.outbox.send("endoflife", "product_lifecycle", day, 1_500, product_lifecycle_feed(), "json")

    def _send_rows(self, source: str, feed: str, day: int, second: int, table: pa.Table, file_format: Format) -> None:
        """Event feeds with nothing to say send nothing."""
        if table.num_rows:
            self.outbox.send(source, feed, day, second, table, file_format)

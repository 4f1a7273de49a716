"""What is wrong with the sample organisation's data, and how often. The one place that says so.

Rates are shares of the rows named; `LAST` entries happen once, in the delivery that many weeks before the as-of day
(and only when the history is that long). Not here: the code that applies them, which reads these names.
"""

from __future__ import annotations

import numpy as np

from itam.sample.timeline import Flags

# --- register rows, drawn once per asset; most are repaired in time, so accuracy rises slowly
REGISTER_DEFECTS: dict[str, float] = {
    "no_asset_tag": 0.0040,
    "no_location": 0.0070,
    "no_model": 0.0020,
    "no_purchase_date": 0.0040,
    "no_purchase_cost": 0.0080,
    "no_serial": 0.0030,
    "placeholder_serial": 0.0030,  # "To Be Filled By O.E.M.", "System Serial Number", "0000000" …
    "duplicate_serial": 0.0016,  # copied from a neighbour: two rows of one (manufacturer, serial)
    "duplicate_asset_tag": 0.0012,
    "no_owner": 0.0070,  # deployed, not shared, nobody's
    "owner_in_stock": 0.0040,  # in stock, and still somebody's
    "no_stockroom": 0.0100,  # of rows in stock
    "dates_out_of_order": 0.0030,
    "negative_cost": 0.0006,
    "unknown_currency": 0.0008,  # a currency that fx_rate has never heard of
}
REGISTER_DEFECT_REPAIRED = 0.74
"""Share of the defects above that somebody repairs within the history."""
MANUFACTURER_SPELLING = 0.06
"""Register rows with another spelling the alias seed knows ("Hewlett-Packard", "Dell Inc.")."""
MANUFACTURER_UNKNOWN_SPELLING = 0.0012
"""Register rows with a spelling that it does not know: their device stays unmatched."""
UNKNOWN_ASSET_FUNCTION = 0.0006
"""An enum value nobody lists, in an optional column: it becomes null."""
UNKNOWN_CLASS = 0.0006
"""Of the monitors: a class no seed knows ("Projector"), shown as (unmapped), out of scope."""
OFFSET_MIDNIGHT_WARRANTY = 0.002
"""snipe-it: warranty_end written as midnight with an offset, which is no date."""
BOTH_REGISTERS = 0.004
"""snipe-it assets that are also in servicenow-prod (a migration under way): one asset, two rows."""
LATE_REGISTRATION = 0.045
"""New computers that are in use weeks before the register knows them."""
LEAP_DAY_PURCHASES = 0.001
"""Assets bought on the last 29 February before the history (and half of those whose order spans it)."""

# --- devices
ROGUE_DEVICES = 0.009
"""Devices nobody registered, as a share of the computers."""
BYOD_DEVICES = 0.025
"""Personal phones enrolled, as a share of people; most are registered and approved."""
BYOD_UNREGISTERED = 0.06
"""Of those, never registered."""
GUEST_AND_OT_DEVICES = 0.02
"""Devices on guest and plant networks, as a share of the computers: outside every population."""
RETIRED_STILL_SEEN = 0.012
"""Retired computers that go on reporting for months."""
NO_AGENT = 0.013
"""Observable assets in use that no tool sees."""
DISCOVERED_WITHOUT_SERIAL = 0.012
DISCOVERED_PLACEHOLDER_SERIAL = 0.003
DISCOVERED_CLOCK_SKEW = 0.0008
"""Devices whose clock is wrong: last_seen_at after the extract."""

# --- people
REHIRES = 0.03
"""Of the leavers; half of them inside the grace period."""
RESCINDED = 0.02
BACKDATED = 0.06
"""Leavers whose HR record says so only after the last day."""
BAD_LEAVE_DATE = 0.0005
"""leave_return_date as 31/12/2025: a failed cast of an optional column."""
DUPLICATE_PERSON_ROWS = 0.0003
"""The same key twice in one delivery: the last one is kept."""

# --- software
UNKNOWN_SOFTWARE_NAMES = 0.035
"""Of the install rows: names that no alias fits."""

# --- service desk
INCIDENTS_WITHOUT_CI = 0.10
DUPLICATE_INCIDENTS = 0.02
CHILD_INCIDENTS = 0.04
REOPENED = 0.05
ON_HOLD = 0.18
CLOSED_NEVER_RESOLVED = 0.01
RESOLVED_BEFORE_OPENED = 0.0008
UNKNOWN_RECORD_TYPE = 0.0006
"""An enum value nobody lists, in a required column: the row waits in quarantine."""
NEGATIVE_AFFECTED_USERS = 0.0005
OVERLAPPING_OUTAGES = 0.12

# --- patches
UNKNOWN_PATCH_STATE = 0.003
"""Of the devices with an agent: for a quarter, it cannot tell the state of the newest patches."""
EXEMPT_PAIRS = 0.012
"""Of the pairs of servers; a fifth of the exemptions has run out, one of them yesterday."""

# --- money
CREDIT_NOTES = 0.015
LINES_WITHOUT_RATE = 0.003
"""Of the lines of support, maintenance and others: in CHF, which fx_rate does not quote."""

# --- disposal
SANITIZATION_MISSING = 0.012
SANITIZATION_FAILED_FIRST = 0.02
SANITIZATION_UNVERIFIED = 0.008
SANITIZATION_WEAK = 0.006

# --- deliveries: happens once, so many weeks before the as-of day
LAST_SHORT_DELIVERY = 17
"""intune device_discovery stops paging: about half the rows, and the manifest says so (80 % sentinel)."""
LAST_MISSING_COLUMN = 23
"""lansweeper device_discovery without last_seen_at: the delivery is refused."""
LAST_LATE_DELIVERY = 9
"""snipe-it hardware_asset: an extra, older delivery from the middle of the week, written last."""
LAST_EMPTY_DAY = 13
"""configmgr patch_status: the job wrote a header and no rows."""


def strike(rng: np.random.Generator, rows: int, rate: float, among: Flags | None = None) -> Flags:
    """The rows that a defect hits: at the stated rate, and one at least, so that small samples have it too.

    `among` names the rows that the defect can hit, or where it is sure to be seen.
    """
    draw = rng.random(rows) if among is None else np.where(among, rng.random(rows), 1.0)
    hit: Flags = draw < rate
    if not hit.any() and (among is None or among.any()) and rows:
        hit[np.argmin(draw)] = True
    return hit

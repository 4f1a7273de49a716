"""Packs: the reports of every role for a week, a month or a quarter, for schedules to make and alert routes to send.

A week's pack is of the newest published day, a month's and a quarter's of the last published day that ends one. Beside
each report lies its summary as text: written last, it says that the pack of its role is complete, and it is what a
message says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from itam.dashboard import data
from itam.dashboard.data import ROLES
from itam.errors import RefusedError
from itam.home import Home
from itam.reports import pdf
from itam.reports.shelf import PERIODS, Period, folder, newest_packs
from itam.reports.write import Format, write

_ENDS: dict[Period, Callable[[date], bool]] = {
    "weekly": lambda day: day.isoweekday() == 7,
    "monthly": lambda day: day == data.last_of_month(day),
    "quarterly": lambda day: day == data.last_of_month(day) and day.month % 3 == 0,
}


def day_of(period: Period, days: list[date]) -> date:
    """The day that a pack is about, of the published days; raises RefusedError where none ends such a period."""
    ends = [d for d in days if period == "weekly" or _ENDS[period](d)]
    if not ends:
        raise RefusedError(f"No day that ends a {period.removesuffix('ly')} is published yet.")
    return max(ends)


def ended(period: Period, day: date) -> date:
    """The last day that ends such a period, up to a day."""
    return next(d for n in range(100) if _ENDS[period](d := day - timedelta(days=n)))


def formats() -> tuple[Format, ...]:
    """What a pack is made as: without a browser there is no PDF."""
    try:
        pdf.browser()
    except RefusedError:
        return ("html", "xlsx")
    return ("html", "pdf", "xlsx")


def write_packs(home: Home, period: Period, roles: tuple[str, ...] = tuple(ROLES)) -> list[Path]:
    """Make the pack of each role in ``reports/<period>/``; making it again replaces it."""
    with data.reading(home) as marts:
        day = day_of(period, data.days(marts))
    place = folder(home, period)
    return [
        write(home, role, day, how, place / f"itam_{role}_{day}.{how}") for role in roles for how in (*formats(), "txt")
    ]


def write_due(home: Home) -> list[Path]:
    """Make the packs of the periods that have ended and that have none yet, so that a missed schedule loses none."""
    with data.reading(home) as marts:
        days = data.days(marts)
    newest = {(pack.period, pack.role): pack.day for pack in newest_packs(home)}
    made: list[Path] = []
    for period in PERIODS:
        missing = tuple(r for r in ROLES if newest.get((period, r), date.min) < ended(period, max(days)))
        if missing and any(map(_ENDS[period], days)):
            made += write_packs(home, period, missing)
    return made

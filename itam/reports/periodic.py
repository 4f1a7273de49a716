"""Packs: the reports of every role for a week, a month or a quarter, for schedules to make and send.

A week's pack is of the newest published day, a month's and a quarter's of the last published day that ends one.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from itam.dashboard import data
from itam.dashboard.data import ROLES
from itam.errors import RefusedError
from itam.home import Home
from itam.reports import pdf
from itam.reports.write import Format, write

Period = Literal["weekly", "monthly", "quarterly"]


def day_of(period: Period, days: list[date]) -> date:
    """The day that a pack is about, of the published days."""
    ends = {
        "weekly": days,
        "monthly": [d for d in days if d == data.last_of_month(d)],
        "quarterly": [d for d in days if d == data.last_of_month(d) and d.month % 3 == 0],
    }[period]
    if not ends:
        raise RefusedError(f"No day that ends a {period.removesuffix('ly')} is published yet.")
    return max(ends)


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
    folder = home.root / "reports" / period
    return [write(home, role, day, how, folder / f"itam_{role}_{day}.{how}") for role in roles for how in formats()]

"""What lies on the shelf: the packs in ``reports/<period>/``. Not here: how one is made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from itam.dashboard.data import ROLES
from itam.home import Home

Period = Literal["weekly", "monthly", "quarterly"]
PERIODS: tuple[Period, ...] = get_args(Period)


@dataclass(frozen=True)
class Made:
    """A complete pack of a role."""

    period: Period
    role: str
    day: date
    summary: str
    files: tuple[Path, ...]


def folder(home: Home, period: Period) -> Path:
    """Where the packs of a period lie."""
    return home.root / "reports" / period


def newest_packs(home: Home) -> Iterator[Made]:
    """The newest complete pack of each period and role."""
    for period in PERIODS:
        for role in ROLES:
            summaries = sorted(folder(home, period).glob(f"itam_{role}_????-??-??.txt"))
            if summaries:
                newest = summaries[-1]
                files = tuple(f for how in ("html", "pdf", "xlsx") if (f := newest.with_suffix(f".{how}")).exists())
                day = date.fromisoformat(newest.stem.rpartition("_")[2])
                yield Made(period, role, day, newest.read_text(encoding="utf-8"), files)

"""The clock of the sample: days and seconds as integers, snapshot days, named random streams.

Here: pure functions of the arguments. Not here: anything that reads the wall clock.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

FAR = 1_000_000
"""A day that never comes: the value of a life event that has not been drawn."""
DAY = 86_400
WARM_UP_WEEKS = 53
"""The simulation starts this long before the first delivery, so that trailing years are full from the start."""

_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def to_date(day: int) -> date:
    """The calendar date of a day number."""
    return _EPOCH + timedelta(days=int(day))


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """An independent random stream for one purpose: adding a purpose never shifts the numbers of another."""
    keys = [zlib.crc32(name.encode()) if isinstance(name, str) else name & 0xFFFFFFFF for name in names]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed & 0xFFFFFFFF, *keys])))


def month_starts(first: int, last: int) -> list[int]:
    """Day numbers of the first days of all months that begin in [first, last]."""
    day = to_date(first).replace(day=1)
    starts = []
    while day_number(day) <= last:
        if day_number(day) >= first:
            starts.append(day_number(day))
        day = (day + timedelta(days=32)).replace(day=1)
    return starts


def next_month(day: int) -> int:
    """The first day of the month after the one that holds this day."""
    return day_number((to_date(day).replace(day=1) + timedelta(days=32)).replace(day=1))


@dataclass(frozen=True)
class Timeline:
    """When deliveries are extracted: weekly, the last one on the as-of day."""

    as_of: int
    weeks: int

    @property
    def snapshots(self) -> list[int]:
        """Day numbers of the weekly deliveries, oldest first."""
        return [self.as_of - 7 * (self.weeks - 1 - week) for week in range(self.weeks)]

    @property
    def first(self) -> int:
        """Day of the first delivery."""
        return self.as_of - 7 * (self.weeks - 1)

    @property
    def origin(self) -> int:
        """Day on which the simulation starts."""
        return self.first - 7 * WARM_UP_WEEKS

    def is_monthly(self, week: int) -> bool:
        """Slow feeds (contracts, books, audits) come every fourth week, counted back from the last, and first."""
        return week == 0 or (self.weeks - 1 - week) % 4 == 0


def file_stem(day: int, second_of_day: int) -> str:
    """The `<extracted_at>` part of a file name."""
    moment = datetime.fromtimestamp(day * DAY + second_of_day, tz=UTC)
    return moment.strftime("%Y-%m-%dT%H%M%SZ")

"""What the world publishes: the feeds `fx_rate`, `kev` and `product_lifecycle`.

Here: rates, exploited vulnerabilities of the sample's own patches, ends of life. Not here: real catalogues.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from itam.sample.columns import days, decimals, flags, strings
from itam.sample.organisation import LINES
from itam.sample.patches import Patches
from itam.sample.timeline import Timeline, day_number, stream, to_date

_LIFECYCLE = (
    ("windows", "10-22h2", date(2022, 10, 18), date(2025, 10, 14)),
    ("windows", "11-21h2", date(2021, 10, 4), date(2024, 10, 8)),
    ("windows", "11-23h2", date(2023, 10, 31), date(2026, 11, 10)),
    ("windows", "11-24h2", date(2024, 10, 1), date(2027, 10, 12)),
    ("windows-server", "2016", date(2016, 10, 15), date(2027, 1, 12)),
    ("windows-server", "2022", date(2021, 8, 18), date(2031, 10, 14)),
    ("macos", "13", date(2022, 10, 24), date(2025, 9, 15)),
    ("macos", "14", date(2023, 9, 26), date(2026, 9, 15)),
    ("macos", "15", date(2024, 9, 16), date(2027, 9, 15)),
)


def fx_rate_feed(seed: int, line: Timeline, since: int, until: int) -> pa.Table:
    """Rates of working days between two days; sterling is quoted the other way round.

    The first delivery (since < the first day) brings month ends of ten years and the days of the last two.
    """
    begin = line.origin - 3650
    rng = stream(seed, "fx")
    walk = np.cumsum(rng.normal(0, 0.0021, (line.as_of - begin + 1, 2)), axis=0)
    walk -= np.linspace(0, 1, len(walk))[:, None] * walk[-1]
    spot = np.array([1.09, 1.27]) * np.exp(walk * 0.6)
    wanted: list[tuple[int, str, str, str, float]] = []
    for day in range(max(begin, since + 1), until + 1):
        moment = to_date(day)
        euro, pound = spot[day - begin].tolist()
        if moment.month == 1 and moment.day == 1:
            wanted.append((day, "EUR", "USD", "budget", round(euro, 2)))
            wanted.append((day, "USD", "GBP", "budget", round(1 / pound, 3)))
        is_recent = day >= line.origin - 60
        is_month_end = (moment + timedelta(days=1)).day == 1
        if (is_recent and moment.weekday() < 5) or (not is_recent and is_month_end):
            wanted.append((day, "EUR", "USD", "spot", euro))
            wanted.append((day, "USD", "GBP", "spot", 1 / pound))
    return pa.table(
        {
            "rate_date": days(np.array([row[0] for row in wanted], dtype=np.int64)),
            "from_currency": strings([row[1] for row in wanted]),
            "to_currency": strings([row[2] for row in wanted]),
            "rate_type": strings([row[3] for row in wanted]),
            "rate": decimals(np.array([row[4] for row in wanted]), 6),
        }
    )


def kev_feed(patches: Patches, day: int) -> pa.Table:
    """Vulnerabilities of released patches that are exploited: every third critical one."""
    rows = [
        row
        for row in range(len(patches))
        if patches.cves[row] and patches.severity[row] == 0 and patches.released[row] + 2 <= day and row % 3 == 0
    ]
    added = np.array([patches.released[row] + 2 for row in rows], dtype=np.int64)
    vendor = ["Microsoft" if patches.ids[row].startswith("KB") else "Google" for row in rows]
    return pa.table(
        {
            "cveID": strings([patches.cves[row] for row in rows]),
            "vendorProject": strings(vendor),
            "product": strings(["Windows" if name == "Microsoft" else "Chromium" for name in vendor]),
            "dateAdded": days(added),
            "dueDate": days(added + 21),
            "knownRansomwareCampaignUse": strings([("Known", "Unknown")[row % 2] for row in rows]),
        }
    )


def product_lifecycle_feed() -> pa.Table:
    """Operating systems, and models seven years after the year they came out."""
    rows: list[tuple[str, str, date | None, date | None, bool]] = [(*row, False) for row in _LIFECYCLE]
    for line in LINES:
        if line.maker == "VMware":
            continue
        for year, name in line.generations:
            end = date(year + 7, 12, 31)
            if name == "MF920":
                rows.append((f"zte {name}".lower(), name, date(2014, 1, 1), None, True))
            elif year > 2016:
                rows.append((f"{line.maker} {name}".lower(), name, date(year, 3, 1), end, False))

    def dates(at: int) -> pa.Array:
        values = [row[at] for row in rows]
        numbers = np.array([day_number(v) if isinstance(v, date) else 0 for v in values], dtype=np.int64)
        return days(numbers, np.array([v is not None for v in values]))

    return pa.table(
        {
            "product": strings([row[0] for row in rows]),
            "cycle": strings([row[1] for row in rows]),
            "release_date": dates(2),
            "eoas_date": pa.nulls(len(rows), pa.date32()),
            "eol_date": dates(3),
            "eoes_date": pa.nulls(len(rows), pa.date32()),
            "is_eol": flags(np.array([row[4] for row in rows])),
        }
    )

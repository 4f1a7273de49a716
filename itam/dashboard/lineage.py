"""From a KPI back to its feeds, read off the models' own references."""

from __future__ import annotations

import re
from functools import cache

from itam.dashboard.data import Rows
from itam.home import PROJECT_DIR

REFERENCE = re.compile(r"""ref\(\s*["'](\w+)["']\s*\)""")
STEPS = (
    ("KPI model", ("kpi_",)),
    ("facts and dimensions", ("fct_", "dim_", "mart_")),
    ("intermediate", ("int_",)),
    ("staging", ("stg_",)),
)


@cache
def references() -> dict[str, tuple[str, ...]]:
    """What every model reads."""
    return {
        file.stem: tuple(dict.fromkeys(REFERENCE.findall(file.read_text(encoding="utf-8"))))
        for file in sorted((PROJECT_DIR / "models").rglob("*.sql"))
    }


def of_kpi(kpi_id: str) -> Rows:
    """All models behind a KPI, by step, and the feeds they begin with."""
    known, found, waiting = references(), dict[str, None](), [f"kpi_{kpi_id}"]
    while waiting:
        model = waiting.pop()
        if model in found or model not in known:
            continue
        found[model] = None
        waiting.extend(known[model])
    rows = [
        {"step": step, "models": ", ".join(sorted(m for m in found if m.startswith(starts) and "__policy" not in m))}
        for step, starts in STEPS
    ]
    feeds = sorted({m.partition("__")[2] for m in found if m.startswith("stg_") and not m.startswith("stg_policy__")})
    return [r for r in (*rows, {"step": "feeds", "models": ", ".join(feeds)}) if r["models"]]

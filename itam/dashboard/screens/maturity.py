"""Maturity: which level is reached, what is missing for the next, as work to do."""

from __future__ import annotations

from itertools import groupby

from markupsafe import Markup

from itam.dashboard import data, parts, words
from itam.dashboard import view as shown
from itam.dashboard.tables import Column, Table
from itam.dashboard.view import View


def show(view: View) -> None:
    """Draw it."""
    rows = data.maturity(view.marts)
    reached = [r["maturity_level"] for r in rows if r["is_level_reached"]]
    names = {r["maturity_level"]: r["level_name"] for r in rows}
    level = max(reached, default=0)
    said = f"Level {level}, {names[level]}, is reached." if level else "No level is reached yet."
    shown.heading("Maturity", f"{said} As of {words.long_day(view.newest)}.")
    locks = [r for r in data.locks(view.marts, view.newest) if r["is_locked"]]
    if locks:
        text = " ".join(dict.fromkeys(words.sentence(r["locked_reason"]) for r in locks))
        which = " and ".join(str(r["maturity_level"]) for r in locks)
        shown.html(parts.notes([parts.Note("locked", "warn", f"KPIs of level {which} are shown in grey.", text)]))
    for number, found in groupby(rows, key=lambda r: r["maturity_level"]):
        kpis = list(found)
        met = sum(1 for r in kpis if r["is_met"])
        table = Table(
            (
                Column("name", "KPI", "kpi"),
                Column("is_met", "In order", "flag"),
                Column("value_text", "Value"),
                Column("target_text", "Target"),
                Column("missing_requirement", "Missing"),
                Column("work_to_do", "What to do"),
            ),
            kpis,
        )
        title = f"Level {number}: {kpis[0]['level_name']} ({met} of {len(kpis)} in order)"
        step = "" if kpis[0]["is_level_reached"] else kpis[0]["next_step"]
        shown.html(
            Markup('<h2>{}</h2><p class="soft">{}</p>{}').format(
                title, step or "", parts.table(table, title, view.link)
            )
        )

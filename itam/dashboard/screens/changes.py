"""What changed: KPIs since a week ago or another published day, exceptions that came and went, restated numbers."""

from __future__ import annotations

from datetime import date, timedelta

from itam.dashboard import data, parts, sections, words
from itam.dashboard import view as shown
from itam.dashboard.screens import kpi
from itam.dashboard.tables import Column, Section, Table
from itam.dashboard.view import View, choose

SPANS = {"7": "a week ago", "30": "30 days ago", "90": "90 days ago", "365": "a year ago"}


def show(view: View) -> None:
    """Draw it."""
    shown.heading("What changed", f"Up to {words.long_day(view.day)}.")
    span = choose("Since", "since", list(SPANS), "7", SPANS.__getitem__, how="segments")
    since = nearest(view, view.day - timedelta(days=int(span)))
    if since is None:
        shown.html(
            parts.notes([parts.Note("no_past", "info", "Nothing to compare.", "No earlier day is published yet.")])
        )
    else:
        shown.section(view, sections.changes(view.marts, since, view.day))
    rows = data.turnover(view.marts)
    shown.section(
        view,
        Section(
            "turnover",
            "Exceptions that came and went",
            f"Between the day published before and {words.long_day(view.newest)}.",
            table=Table(
                (
                    Column("name", "KPI", "kpi"),
                    Column("new_members", "New", "count"),
                    Column("open_members", "Still open", "count"),
                    Column("gone_members", "Gone", "count"),
                ),
                rows,
                "None came, none went.",
            ),
            is_table_open=True,
        ),
    )
    shown.section(view, kpi.restated(view))


def nearest(view: View, wanted: date) -> date | None:
    """The newest published day up to the wanted one, else the oldest before the day shown."""
    before = [d for d in data.days(view.marts) if d < view.day]
    return next((d for d in before if d <= wanted), before[-1] if before else None)

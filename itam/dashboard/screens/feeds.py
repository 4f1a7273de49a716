"""Feeds: what arrived when, what is late, what was set aside and why, which values nobody knows."""

from __future__ import annotations

from itam.dashboard import parts, states, words
from itam.dashboard import view as shown
from itam.dashboard.tables import Column, Section, Table
from itam.dashboard.view import View

FRESH = {
    "stale": "stale: too old to count",
    "late": "late, still counts",
    "fresh": "fresh",
    "missing": "never delivered",
}


def show(view: View) -> None:
    """Draw it."""
    shown.heading("Feeds", "What arrived, what is late, what was set aside.")
    runs = view.report["runs"]
    last = view.report.last
    totals = view.report["counts"][0] if view.report["counts"] else {}
    found = [
        (
            "Newest refresh",
            words.plain(last["outcome"]) if last else words.NONE,
            words.moment(last["started_at"], view.zone) if last else "",
        ),
        (
            "Deliveries",
            words.number(totals.get("deliveries")),
            f"{totals.get('deliveries_set_aside') or 0:,} set aside",
        ),
        ("Rows delivered", words.number(totals.get("rows_delivered")), ""),
        ("Rows accepted", words.number(totals.get("rows_accepted")), ""),
        ("Rows in quarantine", words.number(totals.get("rows_quarantined")), ""),
    ]
    shown.html(parts.notes(states.of_feeds(view.report)) + parts.facts(found))
    fresh = [
        {**r, "is": FRESH.get(r["freshness"], r["freshness"]), "zone": view.zone} for r in view.report["freshness"]
    ]
    shown.section(
        view,
        Section(
            "freshness",
            "Freshness",
            table=Table(
                (
                    Column("feed", "Feed", "word"),
                    Column("source_system", "Source"),
                    Column("is", "Is"),
                    Column("newest_accepted_at", "Last accepted", "moment"),
                    Column("cadence_days", "Every days", "count"),
                    Column("carry_days", "Counts for days", "count"),
                ),
                fresh,
                "No refresh has run yet.",
            ),
            is_table_open=True,
        ),
    )
    shown.section(
        view,
        Section(
            "quarantine",
            "Rows set aside",
            "The rows themselves: itam quarantine show, itam quarantine export.",
            table=Table(
                (
                    Column("feed", "Feed", "word"),
                    Column("source_system", "Source"),
                    Column("column_name", "Column", "code"),
                    Column("reason", "Why"),
                    Column("expected", "Expected"),
                    Column("rows", "Rows", "count"),
                    Column("deliveries", "Deliveries", "count"),
                    Column("newest_at", "Newest", "moment"),
                ),
                [{**r, "zone": view.zone} for r in view.report["quarantined"]],
                "No row is in quarantine.",
            ),
            is_table_open=True,
        ),
    )
    shown.section(
        view,
        Section(
            "unmapped",
            "Values nobody has explained",
            "Add the line to policy/<seed>.csv, then refresh: itam unmapped.",
            table=Table(
                (
                    Column("feed", "Feed", "word"),
                    Column("column_name", "Column", "code"),
                    Column("value", "Value", "code"),
                    Column("rows", "Rows", "count"),
                    Column("seed", "Seed", "code"),
                    Column("seed_line", "Line to add", "code"),
                ),
                view.report["unmapped"],
                "Every value is known.",
            ),
            is_table_open=True,
        ),
    )
    shown.section(
        view,
        Section(
            "deliveries",
            "The newest deliveries",
            table=Table(
                (
                    Column("extracted_at", "Extracted", "moment"),
                    Column("feed", "Feed", "word"),
                    Column("source_system", "Source"),
                    Column("status", "Is", "word"),
                    Column("rows_delivered", "Rows", "count"),
                    Column("rows_quarantined", "Set aside", "count"),
                    Column("reason", "Why"),
                ),
                [{**r, "zone": view.zone} for r in view.report["deliveries"]],
                "Nothing was delivered yet.",
            ),
        ),
    )
    shown.section(
        view,
        Section(
            "runs",
            "Refreshes",
            table=Table(
                (
                    Column("started_at", "Began", "moment"),
                    Column("as_of_date", "As of", "day"),
                    Column("outcome", "Ended", "word"),
                    Column("reason", "In a sentence"),
                ),
                [{**r, "zone": view.zone} for r in runs],
                "None yet.",
            ),
        ),
    )

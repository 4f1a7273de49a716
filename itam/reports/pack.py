"""What a report holds, before it is a page or a workbook: all of it from one published version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from itam.dashboard import data, sections, states, words
from itam.dashboard.data import Marts, Rows
from itam.dashboard.parts import Note
from itam.dashboard.sections import exception_columns
from itam.dashboard.tables import Column, Section, Table
from itam.errors import RefusedError
from itam.reports import summary
from itam.reports.summary import Summary

MEMBERS = 10
"""Members shown for each KPI; the workbook has up to WORKBOOK_MEMBERS."""
WORKBOOK_MEMBERS = 5_000


@dataclass(frozen=True)
class Pack:
    """A report's content."""

    role: str
    day: date
    is_newest: bool
    version: str
    published_at: datetime | None
    zone: str
    notes: list[Note]
    summary: Summary
    cards: Rows
    sections: list[Section]
    exceptions: list[Section]
    annex: list[Section]

    @property
    def title(self) -> str:
        """What stands on top."""
        return f"ITAM report: {data.ROLES[self.role]}"


def build(marts: Marts, role: str, as_of: date | None, zone: str, members: int = MEMBERS) -> Pack:
    """Collect a role's report of a day; the newest when none is named."""
    known = data.days(marts)
    day = as_of or known[0]
    if day not in known:
        nearest = min(known, key=lambda d: abs((d - day).days))
        raise RefusedError(
            f"{day} is not published; the nearest day is {nearest} (`itam refresh --as-of {day}` adds a day)."
        )
    is_newest = day == known[0]
    cards = data.cards(marts, day, role)
    return Pack(
        role=role,
        day=day,
        is_newest=is_newest,
        version=marts.version,
        published_at=data.published_at(marts),
        zone=zone,
        notes=states.of_day(marts, day),
        summary=summary.of(marts, role, day),
        cards=cards,
        sections=sections.of_role(marts, role) if is_newest else [],
        exceptions=_exceptions(marts, cards, members) if is_newest else [],
        annex=[_definitions(marts, cards), _quality(marts, cards), _checks(marts), _restatements(marts, cards)],
    )


def kpi_table(pack: Pack) -> Table:
    """The KPIs as a table, for the workbook and for readers of tables."""
    return Table(
        (
            Column("name", "KPI"),
            Column("value", "Value", "number"),
            Column("value_text", "As people write it"),
            Column("unit", "Unit", "word"),
            Column("numerator", "Numerator", "number"),
            Column("denominator", "Denominator", "number"),
            Column("target", "Target", "number"),
            Column("target_state", "Target from", "word"),
            Column("rag", "Light", "light"),
            Column("status", "Status", "word"),
            Column("trust", "Register", "word"),
            Column("coverage", "Coverage", "percent"),
            Column("change_from_previous", "Change", "number"),
            Column("year_ago_value", "A year ago", "number"),
            Column("impact_amount", "At stake", "money", "impact_currency"),
            Column("impact_currency", "Currency"),
            Column("exceptions", "To work on", "count"),
            Column("impact_statement", "In a sentence"),
            Column("reason", "Read with care"),
        ),
        pack.cards,
    )


def _exceptions(marts: Marts, cards: Rows, members: int) -> list[Section]:
    """The members behind each KPI that is not on target, the dearest first."""
    made = []
    for card in cards:
        if words.light(card) not in ("amber", "red") or not card["exceptions"]:
            continue
        rows = data.exceptions(marts, card["kpi_id"], {}, "money", members)
        table = Table(
            exception_columns(rows, ("asset_class", "department", "product")),
            rows,
            caption=f"{len(rows):,} of {card['exceptions']:,}, the dearest first.",
        )
        made.append(Section(f"exceptions_{card['kpi_id']}", card["name"], table=table, is_table_open=True))
    return made


def _definitions(marts: Marts, cards: Rows) -> Section:
    mine = {c["kpi_id"] for c in cards}
    table = Table(
        (
            Column("name", "KPI"),
            Column("question", "Question"),
            Column("formula", "Formula"),
            Column("direction", "Good is", "word"),
            Column("owner_role", "Owner", "word"),
            Column("needs", "Feeds it needs"),
        ),
        [k for k in data.catalog(marts) if k["kpi_id"] in mine],
    )
    return Section("definitions", "Definitions", table=table, is_table_open=True)


def _quality(marts: Marts, cards: Rows) -> Section:
    table = Table(
        (
            Column("name", "KPI"),
            Column("status", "Status", "word"),
            Column("trust", "Register", "word"),
            Column("coverage", "Coverage", "percent"),
            Column("reason", "Why"),
        ),
        [c for c in cards if c["status"] != "ok" or c["trust"] != "trusted" or (c["coverage"] or 1) < 0.9],
        "Every KPI of this report is measured, trusted and knows 90 % of its population or more.",
    )
    return Section("quality", "Data quality", table=table, is_table_open=True)


def _checks(marts: Marts) -> Section:
    table = Table(
        (
            Column("check_id", "Check", "code"),
            Column("feed", "Feed", "word"),
            Column("findings", "Deliveries", "count"),
            Column("expected", "Expected"),
            Column("observed", "Found in the newest of them"),
        ),
        marts.rows(
            "select check_id, feed, count(*) as findings, arg_max(expected, delivery) as expected,"
            " arg_max(observed, delivery) as observed from quality_gate_log"
            " where refresh_id = $id and outcome <> 'passed' group by check_id, feed order by check_id, feed",
            id=marts.version,
        ),
        "Every check passed.",
    )
    return Section("checks", "Checks that did not pass", table=table, is_table_open=True)


def _restatements(marts: Marts, cards: Rows) -> Section:
    mine = {c["kpi_id"] for c in cards}
    rows = [
        {**r, "then": words.figure(r["first_value"], r["unit"]), "now": words.figure(r["value"], r["unit"])}
        for r in data.restatements(marts)
        if r["kpi_id"] in mine
    ]
    table = Table(
        (
            Column("name", "KPI"),
            Column("as_of_date", "Day", "day"),
            Column("then", "First reported"),
            Column("now", "Now known"),
            Column("cause", "Cause"),
            Column("newest_late_deliveries", "Deliveries", "code"),
        ),
        rows,
        "No number of this report differs from what was first reported.",
    )
    return Section("restatements", "Restatements", table=table, is_table_open=True)

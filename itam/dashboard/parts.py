"""Rows as HTML: cards, tables, notes. Templates escape everything; what is delivered never becomes markup."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from itam.dashboard import words
from itam.dashboard.data import Row, Rows
from itam.dashboard.tables import NUMERIC, Column, Table

Link = Callable[[str], str | None]
"""From a KPI to the address of its page, where there is one."""


def no_link(kpi_id: str) -> str | None:
    """Nowhere to go."""
    return None


@dataclass(frozen=True)
class Note:
    """Something to know before reading on: info, warn or bad."""

    key: str
    level: str
    title: str
    text: str


@dataclass(frozen=True)
class Cell:
    """A cell as it is shown."""

    text: str
    css: str = ""
    href: str | None = None
    light: str | None = None
    heat: str | None = None
    is_code: bool = False


@cache
def environment() -> Environment:
    """Templates of this package; a name that is missing is an error."""
    made = Environment(
        loader=PackageLoader("itam.dashboard", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["lights"] = words.LIGHTS
    return made


def part(name: str, *arguments: Any) -> Markup:
    """One macro of the templates, rendered."""
    return Markup(getattr(environment().get_template("parts.html.j2").module, name)(*arguments))


def style(name: str) -> str:
    """A style sheet of the templates, without its comments."""
    source, _, _ = PackageLoader("itam.dashboard", "templates").get_source(environment(), name)
    return source


def notes(found: Sequence[Note]) -> Markup:
    """Notes, one under another."""
    return Markup("").join(part("note", n) for n in found)


def facts(found: Sequence[tuple[str, str, str]]) -> Markup:
    """Names and what they are."""
    return part("facts", found)


def badge(light: str) -> Markup:
    """A light with letter and shape."""
    return part("badge", light)


def cards(rows: Rows, link: Link = no_link) -> Markup:
    """KPIs of one day."""
    return part("cards", [_card(row, link(row["kpi_id"])) for row in rows])


def _card(row: Row, href: str | None) -> dict[str, Any]:
    """What a card says, in words."""
    marks = []
    if row["trust"] == "compromised" and row["value"] is not None:
        marks.append("Not trusted")
    if row["status"] == "low_confidence":
        marks.append("Low confidence")
    if row["is_locked"]:
        marks.append("Locked")
    is_empty = row["value"] is None
    said = row["reason"] if is_empty else (row["impact_statement"] or row["reason"])
    foot = []
    if row["exceptions"]:
        new = (
            f" ({row['new_exceptions']:,} new)"
            if row["new_exceptions"] and row["new_exceptions"] < row["exceptions"]
            else ""
        )
        foot.append(f"{row['exceptions']:,} to work on{new}")
    if row["impact_amount"]:
        foot.append(f"{words.short_money(row['impact_amount'], row['impact_currency'])} at stake")
    return {
        "kpi_id": row["kpi_id"],
        "name": row["name"],
        "href": href,
        "light": words.light(row),
        "locked": row["is_locked"],
        "unsure": bool(marks),
        "marks": marks,
        "status": row["status"],
        "raw": "" if is_empty else repr(row["value"]),
        "is_empty": is_empty,
        "value": words.STATUS.get(row["status"]) or words.NONE if is_empty else row["value_text"],
        "target": target(row),
        "change": change(row),
        "said": words.sentence(said),
        "foot": " · ".join(foot),
        "spark": spark(row["trend_13_months"]),
    }


def target(row: Row) -> str:
    """The target in force and where it came from."""
    if row["target_text"] is None:
        return "No target yet" if row["target_state"] == "baselining" else "No target"
    source = {"proposed": " (proposed)", "baseline": " (own baseline)", "profile": " (profile)"}
    side = {"up": "at least ", "down": "at most ", "band": "within ± "}.get(row["direction"] or "", "")
    return f"Target {side}{row['target_text']}{source.get(row['target_state'], '')}"


def change(row: Row) -> str:
    """Against the window before."""
    if row["change_from_previous"] is None:
        return ""
    text = words.difference(row["change_from_previous"], row["unit"], words.currency_of(row))
    good = words.verdict(row["change_from_previous"], row["unit"], row["direction"])
    mark = {"better": " ▲ better", "worse": " ▼ worse"}.get(good, "")
    return f"{text}{mark}"


def spark(trend: str | None) -> Markup:
    """Thirteen month ends as a line."""
    points = [float(x.partition("=")[2]) for x in (trend or "").split() if x.partition("=")[2]]
    if len(points) < 2:
        return Markup("")
    low, spread = min(points), (max(points) - min(points)) or 1.0
    step = 100 / (len(points) - 1)
    path = " ".join(
        f"{'M' if i == 0 else 'L'}{i * step:.1f},{30 - 28 * (p - low) / spread:.1f}" for i, p in enumerate(points)
    )
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 32" preserveAspectRatio="none">'
        f'<path d="{path}" fill="none" stroke="#3182bd" stroke-width="2" vector-effect="non-scaling-stroke"/></svg>'
    )
    encoded = base64.b64encode(drawing.encode()).decode()
    return Markup('<img class="spark" alt="" src="data:image/svg+xml;base64,{}">').format(encoded)


def table(made: Table, label: str, link: Link = no_link) -> Markup:
    """A table, or the sentence that stands in its place."""
    return part(
        "table",
        {
            "rows": [[cell(row, column, made, link) for column in made.columns] for row in made.rows],
            "columns": [{"title": c.title, "is_number": c.kind in NUMERIC} for c in made.columns],
            "nothing": made.nothing,
            "caption": made.caption,
            "label": label,
        },
    )


def cell(row: Row, column: Column, made: Table, link: Link) -> Cell:
    """One cell by its kind."""
    value = made.value(row, column)
    number = "n" if column.kind in NUMERIC else ""
    match column.kind:
        case "light":
            return Cell("", light=value or "none")
        case "kpi":
            return Cell(str(value), "kpi", href=link(row["kpi_id"]))
        case "heat":
            if value is None or value["member_count"] is None:
                return Cell(words.NONE, "n")
            share = value["member_share"] or 0.0
            return Cell(f"{value['member_count']:,} ({words.percent(share, 0)})", "heat", heat=f"{share:.3f}")
        case "money":
            return Cell(words.money(value, row.get(column.currency)), number)
        case "percent":
            return Cell(words.percent(value), number)
        case "count":
            return Cell(words.number(value), number)
        case "number":
            return Cell(words.number(value, 2), number)
        case "difference":
            return Cell(words.difference(value, row.get("unit", ""), row.get("currency")), number)
        case "day":
            return Cell(words.day(value), "nowrap")
        case "moment":
            return Cell(words.moment(value, row.get("zone", "UTC")), "nowrap")
        case "flag":
            return Cell({True: "yes", False: "no", None: words.NONE}[value])
        case "word":
            return Cell(words.plain(value))
        case "code":
            text = words.NONE if value is None else str(value)
            return Cell(text, "code" if len(text) > 12 else "", is_code=True)
        case _:
            text = words.NONE if value is None else str(value)
            return Cell(text, "long" if len(text) > 24 else "")

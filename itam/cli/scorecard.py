"""The scorecard: published KPIs as lines a person reads in a minute. Reads the published file, computes no KPI."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
from rich.console import Console
from rich.text import Text

from itam.cli.output import table
from itam.home import Home

COLUMNS = (
    *("kpi_id", "as_of_date", "name", "question", "category", "value", "numerator", "denominator", "unit", "direction"),
    *("target", "target_state", "rag", "rag_letter", "status", "trust", "coverage", "reason"),
    *("previous_value", "year_ago_value", "trend_13_months", "baseline_value", "suggested_target"),
    *("impact_amount", "impact_currency", "impact_now_amount", "impact_renewal_amount", "impact_not_cash_amount"),
    *("impact_statement", "exceptions", "new_exceptions", "top_reason", "suggested_action", "owner_role", "tier"),
    *("maturity_level", "is_locked", "locked_reason", "is_mandatory", "page_order"),
)
COLOURS = {"G": "green", "A": "yellow", "R": "red", "-": "dim"}
STATUS = {"no_population": "nothing to count", "not_measurable": "not measurable", "low_confidence": "low confidence"}
ROLES = {"cio": "CIO", "it_ops": "IT operations", "finance": "Finance and procurement"}
BARS = "▁▂▃▄▅▆▇█"
TREND_POINTS = 13


class NoSuchDayError(Exception):
    """The day that was asked for is not published."""


@dataclass(frozen=True)
class Scorecard:
    """One day's KPIs for one reader."""

    as_of: date
    role: str | None
    rows: list[dict[str, Any]]
    history: dict[str, list[float | None]]
    accepted: list[str]  # what a check found and a person lets through


def load(con: duckdb.DuckDBPyConnection, as_of: date | None, role: str | None) -> Scorecard:
    """Read the headline of each KPI: the top ten, or those of a role."""
    days = [d for (d,) in con.execute("select distinct as_of_date from kpi_results order by 1").fetchall()]
    if not days:
        raise NoSuchDayError("The published marts hold no KPI.")
    day = as_of or days[-1]
    if day not in days:
        nearest = min(days, key=lambda d: abs((d - day).days))
        raise NoSuchDayError(
            f"{day} is not published; the nearest day is {nearest} (`itam refresh --as-of {day}` adds a day)."
        )
    cursor = con.execute(
        f"""
        select {", ".join(COLUMNS)}
        from kpi_scorecard
        where as_of_date = $day
            and case when $role is null then tier = 'top_ten' else list_contains(str_split(roles, '|'), $role) end
        order by page_order
        """,
        {"day": day, "role": role},
    )
    rows = [dict(zip(COLUMNS, r, strict=True)) for r in cursor.fetchall()]
    history: dict[str, list[float | None]] = defaultdict(list)
    for kpi_id, value in con.execute(
        "select kpi_id, value from kpi_results where dim_type = 'all' and as_of_date <= $1"
        " and (as_of_date = last_day(as_of_date) or as_of_date = $1) order by kpi_id, as_of_date",
        [day],
    ).fetchall():
        history[kpi_id].append(value)
    accepted = con.execute(
        "select distinct 'Published although ' || check_id || ' is not met: accepted by ' || overridden_by || ': '"
        " || override_reason from quality_gate_log where overridden_by is not null and outcome = 'failed'"
        " and refresh_id = (select max(refresh_id) from quality_gate_log) order by 1"
    ).fetchall()
    return Scorecard(day, role, rows, {k: v[-TREND_POINTS:] for k, v in history.items()}, [x for (x,) in accepted])


def as_json(card: Scorecard) -> dict[str, Any]:
    """The scorecard for programs."""
    return {"as_of_date": card.as_of, "role": card.role, "kpis": card.rows, "accepted": card.accepted}


def show(out: Console, card: Scorecard, home: Home) -> None:
    """Print it."""
    title = f"ITAM scorecard, {card.as_of}: {ROLES[card.role] if card.role else 'the ten headline KPIs'}"
    made = table(
        out,
        ("", "KPI", "Value", "Target", "Change", "A year ago", "Trend", "Coverage", "To do", "Money", "Remark"),
        title=title,
        numbers=("Value", "Target", "Change", "A year ago", "Coverage", "To do", "Money"),
    )
    for row in card.rows:
        made.add_row(
            Text(row["rag_letter"], style=COLOURS[row["rag_letter"]]),
            row["name"],
            figure(row["value"], row["unit"], row["impact_currency"]),
            figure(row["target"], row["unit"], row["impact_currency"], digits=0),
            change(row),
            figure(row["year_ago_value"], row["unit"], row["impact_currency"]),
            sparkline(card.history.get(row["kpi_id"], [])),
            percent(row["coverage"], 0),
            "" if row["exceptions"] is None else f"{row['exceptions']:,}",
            money(row["impact_amount"], row["impact_currency"]),
            remark(row),
        )
    out.print(made)
    for line in footers(card, home):
        out.print(line, markup=False)


def figure(value: float | None, unit: str, currency: str | None = None, digits: int = 1) -> str:
    """A value with its unit."""
    if value is None:
        return ""
    match unit:
        case "rate":
            return percent(value, digits)
        case "currency":
            return f"{value:,.0f} {currency or ''}".strip()
        case "count":
            return f"{value:,.0f}"
        case "days" | "hours":
            return f"{value:,.{digits}f} {unit[0]}"
        case _:
            return f"{value:,.{digits}f}"


def percent(value: float | None, digits: int = 1) -> str:
    """A fraction as a percentage."""
    return "" if value is None else f"{value * 100:.{digits}f} %"


def money(amount: float | None, currency: str | None) -> str:
    """An amount of money."""
    return "" if amount is None else f"{amount:,.0f} {currency or ''}".strip()


def change(row: dict[str, Any]) -> str:
    """Against the window before: the difference, and whether that is better."""
    if row["value"] is None or row["previous_value"] is None:
        return ""
    difference = row["value"] - row["previous_value"]
    text = f"{difference * 100:+.1f} pp" if row["unit"] == "rate" else f"{difference:+,.1f}"
    if text.lstrip("+-").startswith("0.0") or row["direction"] not in ("up", "down"):
        return text
    return f"{text} {'▲' if (difference > 0) == (row['direction'] == 'up') else '▼'}"


def sparkline(values: list[float | None]) -> str:
    """A year of month ends in thirteen characters."""
    known = [v for v in values if v is not None]
    if len(known) < 2:
        return ""
    low, spread = min(known), max(known) - min(known)
    return "".join(" " if v is None else BARS[round((v - low) / spread * 7) if spread else 3] for v in values)


def remark(row: dict[str, Any]) -> str:
    """What to know before quoting the number."""
    said = [STATUS.get(row["status"], "")]
    if row["trust"] == "compromised" and row["value"] is not None:
        said.append("not to be trusted (1)")
    if row["is_locked"]:
        said.append("locked (2)")
    return ", ".join(x for x in said if x)


def footers(card: Scorecard, home: Home) -> list[str]:
    """What the marks mean and where to look next."""
    lines = [
        "",
        "G on target, A close, R off target, - no target or too few to judge; ▲ better, ▼ worse than a window ago.",
    ]
    if any(r["trust"] == "compromised" and r["value"] is not None for r in card.rows):
        lines.append("(1) The register is not accurate enough for KPIs built on it: see inventory_accuracy_rate first.")
    lines += card.accepted
    lines += [f"(2) {x}" for x in dict.fromkeys(r["locked_reason"] for r in card.rows if r["is_locked"])]
    lines += [f"{r['name']}: {r['reason']}" for r in card.rows if r["status"] != "ok" and r["reason"]]
    lines += [r["impact_statement"] for r in card.rows if r["impact_statement"]]
    worst = next((r for r in card.rows if r["rag_letter"] == "R"), card.rows[0])
    lines += [
        "",
        "Where to look next",
        f"  itam query \"select * from kpi_results where kpi_id = '{worst['kpi_id']}' and dim_type = 'location'\"",
        "  itam scorecard --role cio | it_ops | finance",
        "  itam status      what is late, blocked or quarantined",
        "  itam unmapped    the names no policy knows yet",
        f"  {home.link}   for any DuckDB client or BI tool, schema marts (Parquet: {home.parquet_link})",
    ]
    return lines

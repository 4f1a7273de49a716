"""Charts, drawn by Altair from published rows: on pages by the browser, in reports as SVG.

Colours are from a palette that people with colour-blindness tell apart, and read on light and on dark; a chart never
says by colour alone what its table does not say in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from itam.dashboard import words
from itam.dashboard.data import Rows

BLUE, SKY, ORANGE, GREEN, RED, PURPLE, GREY = (
    *("#3182bd", "#7fc4ee", "#e69f00", "#1b9e77", "#d95f02", "#b07aa1", "#8c8c8c"),
)
KIND_COLOURS = {"recoverable_now": GREEN, "at_renewal": BLUE, "not_cash": ORANGE}
SERIES = [BLUE, ORANGE, GREEN, PURPLE, SKY, RED, GREY, "#9c755f", "#bab0ac", "#59a14f"]
WIDE, BAR = 720, 22
MONTHS = alt.Axis(labelExpr="utcFormat(toDate(datum.value + '-01'), '%b %y')", labelAngle=-45)
"""Months are words, not times: no reader's time zone moves them."""
Chart = alt.Chart | alt.LayerChart | alt.FacetChart


def frame(rows: Rows, *columns: str) -> pd.DataFrame:
    """Rows for a chart: exact numbers become floats, days become text that charts read."""
    return pd.DataFrame(
        [{c: _plain(row.get(c)) for c in columns} for row in rows],
        columns=list(columns),
    )


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else float(value)


def axis_format(unit: str) -> str:
    """How numbers stand on an axis."""
    return {"rate": ".0%", "currency": ",.2~s", "count": ",.0f"}.get(unit, ",.1f")


def trend(
    rows: Rows, unit: str, currency: str | None, restated: Sequence[str] = (), *, is_daily: bool = False
) -> Chart:
    """A value through time with its target, the band of its baseline, and a mark where a number was restated."""
    data = frame(rows, *("as_of_date", "value", "target", "value_text"))
    data["restated"] = data["as_of_date"].isin(list(restated))
    x = alt.X(
        "as_of_date:O",
        title=None,
        axis=alt.Axis(
            labelExpr=f"utcFormat(toDate(datum.value), '{'%d %b' if is_daily else '%b %y'}')",
            labelAngle=0,
            labelOverlap="greedy",
            ticks=not is_daily,
        ),
    )
    y = alt.Y("value:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(format=axis_format(unit), tickCount=5))
    base = alt.Chart(data)
    layers: list[alt.Chart] = []
    band = next((r for r in reversed(rows) if r["baseline_p10_value"] is not None), None)
    if band is not None:
        layers.append(
            alt.Chart(frame([band], "baseline_p10_value", "baseline_p90_value"))
            .mark_rect(color=GREY, opacity=0.18)
            .encode(y=alt.Y("baseline_p10_value:Q", title=None), y2="baseline_p90_value:Q")
        )
    if data["target"].notna().any():
        layers.append(
            base.mark_line(color=GREEN, strokeDash=[6, 4], strokeWidth=1.6).encode(x=x, y=alt.Y("target:Q", title=None))
        )
    layers.append(
        base.mark_line(color=BLUE, strokeWidth=2.4, point=False if is_daily else {"color": BLUE, "size": 40}).encode(
            x=x,
            y=y,
            tooltip=[alt.Tooltip("as_of_date:N", title="day"), alt.Tooltip("value_text:N", title="value")],
        )
    )
    if data["restated"].any():
        layers.append(
            base.transform_filter("datum.restated")
            .mark_point(shape="triangle-down", size=110, color=ORANGE, filled=True, yOffset=-12)
            .encode(x=x, y=y, tooltip=[alt.Tooltip("as_of_date:N", title="restated")])
        )
    return alt.layer(*layers).properties(width=WIDE, height=230)


def slices(rows: Rows, unit: str, currency: str | None, target: float | None, name: str) -> Chart:
    """A KPI by one dimension, with the target as a line across."""
    data = frame([r for r in rows if r["value"] is not None], "dim_value", "value", "denominator")
    data["label"] = [words.figure(v, unit, currency) for v in data["value"]]
    order = list(data.sort_values(["value", "dim_value"])["dim_value"])
    y = alt.Y("dim_value:N", sort=order, title=None, axis=alt.Axis(labelLimit=190, labelOverlap=False))
    base = alt.Chart(data)
    bars = base.mark_bar(color=BLUE, opacity=0.85).encode(
        x=alt.X("value:Q", title=None, axis=alt.Axis(format=axis_format(unit), tickCount=5)),
        y=y,
        tooltip=[alt.Tooltip("dim_value:N", title=name), alt.Tooltip("label:N", title="value")],
    )
    layers = [bars]
    if target is not None:
        layers.append(
            alt.Chart(pd.DataFrame({"target": [target]}))
            .mark_rule(color=GREEN, strokeDash=[6, 4], strokeWidth=1.6)
            .encode(x=alt.X("target:Q", title=None))
        )
    return alt.layer(*layers).properties(width=WIDE, height=BAR * len(order) + 60)


def stake(rows: Rows, currency: str | None) -> Chart:
    """Money by what it is, coloured by when it can be had."""
    data = frame(rows, "what", "kind", "amount")
    data["Kind"] = data["kind"].map(words.KINDS)
    data["label"] = [words.money(v, currency) for v in data["amount"]]
    order = list(data.groupby("what")["amount"].sum().sort_values(ascending=False, kind="stable").index)
    return (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X("sum(amount):Q", title=currency, axis=alt.Axis(format=",.2~s", tickCount=5)),
            y=alt.Y("what:N", sort=order, title=None, axis=alt.Axis(labelLimit=230, labelOverlap=False)),
            color=alt.Color(
                "Kind:N",
                scale=alt.Scale(domain=list(words.KINDS.values()), range=list(KIND_COLOURS.values())),
                legend=alt.Legend(orient="bottom", title=None, labelLimit=230, columns=1),
            ),
            tooltip=["what:N", "Kind:N", alt.Tooltip("label:N", title="amount")],
        )
        .properties(width=WIDE, height=30 * len(order) + 100)
    )


def wave(rows: Rows, currency: str | None) -> Chart:
    """What replacing costs by month; what is overdue stands in the first month, in another colour."""
    data = frame(rows, "refresh_month", "asset_class", "is_overdue", "asset_count", "replacement_amount")
    data["month"] = data["refresh_month"].str[:7]
    data["When"] = data["is_overdue"].map({True: "overdue", False: "comes due"})
    counted = alt.Tooltip("sum(asset_count):Q", title="assets")
    return _by_month(
        data, ("replacement_amount", "replacement"), {"overdue": RED, "comes due": BLUE}, counted, currency
    )


def stacked(
    rows: Rows, label: str, parts: dict[str, str], colours: Sequence[str], title: str | None, unit: str = "count"
) -> Chart:
    """Bars of a few columns, one bar for each row, in the order of the rows."""
    long = [
        {"label": str(row[label]), "part": name, "amount": _plain(row[key]) or 0, "place": place}
        for row in rows
        for place, (key, name) in enumerate(parts.items())
    ]
    data = pd.DataFrame(long, columns=["label", "part", "amount", "place"])
    order = [str(r[label]) for r in rows]
    return (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X("sum(amount):Q", title=title, axis=alt.Axis(format=axis_format(unit), tickCount=5)),
            y=alt.Y("label:N", sort=order, title=None, axis=alt.Axis(labelLimit=200, labelOverlap=False)),
            color=alt.Color(
                "part:N",
                sort=list(parts.values()),
                scale=alt.Scale(domain=list(parts.values()), range=list(colours)[: len(parts)]),
                legend=alt.Legend(orient="bottom", title=None, columns=4, labelLimit=200),
            ),
            order=alt.Order("place:Q"),
            tooltip=["label:N", "part:N", alt.Tooltip("sum(amount):Q", format=",.0f", title="amount")],
        )
        .properties(width=WIDE, height=28 * len(order) + 100)
    )


def counts(rows: Rows, label: str, amount: str, split: str, title: str | None) -> Chart:
    """Counts of something by two words."""
    data = frame(rows, label, amount, split)
    order = list(data.groupby(label)[amount].sum().sort_values(ascending=False, kind="stable").index)
    names = list(data.groupby(split)[amount].sum().sort_values(ascending=False, kind="stable").index)
    return (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X(f"sum({amount}):Q", title=title, axis=alt.Axis(format=",.0f", tickCount=5)),
            y=alt.Y(f"{label}:N", sort=order, title=None, axis=alt.Axis(labelLimit=180, labelOverlap=False)),
            color=alt.Color(
                f"{split}:N",
                scale=alt.Scale(domain=names, range=(SERIES * 4)[: len(names)]),
                legend=alt.Legend(orient="bottom", title=None, columns=4),
            ),
            tooltip=[f"{label}:N", f"{split}:N", f"sum({amount}):Q"],
        )
        .properties(width=WIDE, height=28 * len(order) + 110)
    )


def variance(rows: Rows, currency: str | None) -> Chart:
    """Over and under budget by cost centre: over to the right, under to the left."""
    data = frame(rows, "dim_value", "numerator")
    data["side"] = ["over budget" if v > 0 else "under budget" for v in data["numerator"]]
    data["label"] = [words.difference(v, "currency", currency) for v in data["numerator"]]
    order = list(data.sort_values(["numerator", "dim_value"], ascending=[False, True])["dim_value"])
    return (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X(
                "numerator:Q",
                title=f"{currency or ''}, positive is over budget",
                axis=alt.Axis(format=",.2~s", tickCount=6),
            ),
            y=alt.Y("dim_value:N", sort=order, title=None, axis=alt.Axis(labelLimit=180, labelOverlap=False)),
            color=alt.Color(
                "side:N",
                scale=alt.Scale(domain=["over budget", "under budget"], range=[RED, BLUE]),
                legend=alt.Legend(orient="bottom", title=None),
            ),
            tooltip=[alt.Tooltip("dim_value:N", title="cost centre"), alt.Tooltip("label:N", title="variance")],
        )
        .properties(width=WIDE, height=BAR * len(order) + 60)
    )


def calendar(rows: Rows, currency: str | None) -> Chart:
    """Yearly value of decisions by the month of their deadline, reviewed ones apart."""
    data = frame(rows, "decision_deadline_date", "annual_value_base", "is_reviewed")
    data["month"] = data["decision_deadline_date"].str[:7]
    data["Review"] = data["is_reviewed"].map({True: "reviewed", False: "not reviewed"})
    counted = alt.Tooltip("count():Q", title="decisions")
    colours = {"not reviewed": ORANGE, "reviewed": BLUE}
    return _by_month(data, ("annual_value_base", "yearly value"), colours, counted, currency, "Review")


def _by_month(
    data: pd.DataFrame,
    amount: tuple[str, str],
    colours: dict[str, str],
    counted: alt.Tooltip,
    currency: str | None,
    by: str = "When",
) -> Chart:
    """An amount (its column and what it is called) by month, stacked by what is told apart by colour."""
    column, title = amount
    return (
        alt.Chart(data)
        .mark_bar()
        .encode(
            x=alt.X("month:O", title=None, axis=MONTHS),
            y=alt.Y(f"sum({column}):Q", title=currency, axis=alt.Axis(format=",.2~s", tickCount=5)),
            color=alt.Color(
                f"{by}:N",
                scale=alt.Scale(domain=list(colours), range=list(colours.values())),
                legend=alt.Legend(orient="bottom", title=None),
            ),
            tooltip=[
                alt.Tooltip("month:N"),
                f"{by}:N",
                counted,
                alt.Tooltip(f"sum({column}):Q", title=title, format=",.0f"),
            ],
        )
        .properties(width=WIDE, height=220)
    )

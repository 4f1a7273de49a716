"""A KPI: its value and parts, how it went, where, who fails, what it means, where it comes from, what it rests on."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import streamlit as st
from markupsafe import Markup

from itam import spreadsheet
from itam.dashboard import charts, data, lineage, parts, words
from itam.dashboard import view as shown
from itam.dashboard.data import Row
from itam.dashboard.screens.quality import MEANS
from itam.dashboard.sections import exception_columns
from itam.dashboard.tables import Column, Section, Table
from itam.dashboard.view import View, choose
from itam.home import PROJECT_DIR

PAGE_SIZE = 50
STATE = ("dim", "range", "sort", "page", *data.FILTERS)
"""What of the address belongs to one KPI."""


def show(view: View) -> None:
    """Draw it."""
    known = {k["kpi_id"]: k for k in _readable(view)}
    default = next(iter(known))
    kpi_id = choose("KPI", "kpi", list(known), default, lambda k: str(known[k]["name"]), resets=STATE)
    about = known[kpi_id]
    card = data.card(view.marts, kpi_id, view.day)
    shown.heading(about["name"], about["question"])
    if card is None:
        shown.html(
            parts.notes([parts.Note("no_day", "info", "No number.", f"Nothing is published for {view.day} here.")])
        )
        return
    value(view, card)
    trend(view, card)
    slices(view, about)
    exceptions(view, about)
    companions(view, card)
    quality(view, about, card)
    definition(kpi_id)


def _readable(view: View) -> data.Rows:
    """The KPIs of a reader's roles, in the order of pages."""
    mine = set(view.roles)
    order = {
        r["kpi_id"]: r["page_order"]
        for r in view.marts.rows(
            "select kpi_id, page_order from kpi_scorecard where as_of_date = $day", day=view.newest
        )
    }
    found = [k for k in data.catalog(view.marts) if mine & set((k["roles"] or "").split("|"))]
    return sorted(found, key=lambda k: (order.get(k["kpi_id"], 999), k["name"]))


def value(view: View, card: Row) -> None:
    """The number with its parts."""
    unit, currency = card["unit"], words.currency_of(card)
    is_empty = card["value"] is None
    money_unit = "currency" if unit == "currency" else "count"
    light = words.light(card)
    text = words.STATUS.get(card["status"]) if is_empty else card["value_text"]
    shown.html(
        Markup(
            '<div class="card {}" data-kpi="{}" data-value="{}" data-status="{}"><div class="top">'
            '<span class="value">{}</span>{}</div><p>{}</p></div>'
        ).format(
            light,
            card["kpi_id"],
            "" if is_empty else repr(card["value"]),
            card["status"],
            text,
            parts.badge(light),
            words.sentence(card["impact_statement"] or card["reason"]),
        )
    )
    notes = []
    if card["reason"]:
        notes.append(parts.Note("reason", "warn", "Read with care.", words.sentence(card["reason"])))
    if card["is_locked"]:
        notes.append(parts.Note("locked", "info", "Shown in grey.", words.sentence(card["locked_reason"])))
    few = card["denominator"] is not None and card["denominator"] < 20 and card["rag"] == "none"
    if few and not is_empty and unit != "currency":
        notes.append(
            parts.Note("few", "info", "Few members.", "Fewer than 20 are counted: read the counts, not the percentage.")
        )
    found = [
        ("Numerator", words.part(card["numerator"], money_unit, currency), ""),
        ("Denominator", words.part(card["denominator"], money_unit, currency), ""),
        ("Target", parts.target(card).removeprefix("Target "), ""),
        ("Coverage", words.percent(card["coverage"], 0), "could be judged"),
        ("Change", parts.change(card) or words.NONE, "against the window before"),
        ("A year ago", words.figure(card["year_ago_value"], unit, currency), ""),
        ("Baseline", words.figure(card["baseline_value"], unit, currency), "median of the first 90 days"),
        ("At stake", words.money(card["impact_amount"], currency), ""),
    ]
    if card["impact_now_amount"] or card["impact_renewal_amount"]:
        found += [
            ("Of it cash now", words.money(card["impact_now_amount"], currency), ""),
            ("Of it at renewals", words.money(card["impact_renewal_amount"], currency), ""),
        ]
    shown.html(parts.notes(notes) + parts.facts(found))


def trend(view: View, card: Row) -> None:
    """Thirteen months or ninety days."""
    shown.subheading(
        "How it went", "Dashed: the target. Band: where most days of the baseline lay. Triangle: restated."
    )
    span = choose(
        "Range",
        "range",
        ["months", "days"],
        "months",
        {"months": "13 months", "days": "90 days"}.__getitem__,
        how="segments",
    )
    kpi_id, is_daily = card["kpi_id"], span == "days"
    rows = (data.daily if is_daily else data.trend)(view.marts, kpi_id, view.day)
    known = [r for r in rows if r["value"] is not None]
    restated = [r["as_of_date"].isoformat() for r in data.restatements(view.marts, kpi_id)]
    if len(known) < 2:
        shown.html('<p class="soft">There is no history yet.</p>')
        return
    said = (
        f"From {known[0]['value_text']} on {words.long_day(known[0]['as_of_date'])} to {known[-1]['value_text']} on"
        f" {words.long_day(known[-1]['as_of_date'])}."
    )
    chart = charts.trend(rows, card["unit"], card["impact_currency"], restated, is_daily=is_daily)
    st.altair_chart(chart, width="stretch", alt=f"{card['name']}. {said}", key=f"trend_{span}")
    table = Table(
        (
            Column("as_of_date", "Day", "day"),
            Column("value_text", "Value"),
            Column("rag", "Light", "light"),
            Column("trust", "Register", "word"),
        ),
        rows[::-1],
    )
    shown.html(
        Markup('<p class="soft">{}</p><details><summary>As a table</summary>{}</details>').format(
            said, parts.table(table, "How it went")
        )
    )


def slices(view: View, about: Row) -> None:
    """The KPI by one dimension."""
    dimensions = (about["dimensions"] or "").split("|") if about["dimensions"] else []
    if not dimensions:
        return
    shown.subheading("Where")
    dim = choose(
        "By", "dim", dimensions, dimensions[0], lambda d: words.DIMENSIONS.get(d, d), how="segments", resets=()
    )
    rows = data.slices(view.marts, about["kpi_id"], view.day, dim)
    card = data.card(view.marts, about["kpi_id"], view.day) or {}
    currency = card.get("impact_currency")
    drawn = sorted((r for r in rows[:25] if r["value"] is not None), key=lambda r: r["dim_value"])
    if drawn:
        st.altair_chart(
            charts.slices(drawn, about["unit"], currency, card.get("target"), words.DIMENSIONS.get(dim, dim)),
            width="stretch",
            alt=f"Bars of {about['name']} by {words.DIMENSIONS.get(dim, dim)}; the table below has the numbers.",
            key=f"slices_{dim}",
        )
    is_money = about["unit"] == "currency"
    table = Table(
        (
            Column("dim_value", words.DIMENSIONS.get(dim, dim).capitalize()),
            Column("shown", "Value"),
            Column("numerator", "Numerator", "money" if is_money else "count", "impact_currency"),
            Column("denominator", "Denominator", "count"),
            Column("coverage", "Coverage", "percent"),
            Column("rag", "Light", "light"),
            Column("impact_amount", "At stake", "money", "impact_currency"),
        ),
        [
            {
                **r,
                "shown": words.figure(r["value"], r["unit"], currency)
                if r["value"] is not None
                else words.STATUS.get(r["status"], words.NONE),
            }
            for r in rows[:100]
        ],
        "There are no slices on this day.",
        f"The 100 largest of {len(rows)}." if len(rows) > 100 else "",
    )
    shown.html(parts.table(table, f"By {words.DIMENSIONS.get(dim, dim)}"))


def exceptions(view: View, about: Row) -> None:
    """The members that fail: filter, sort, take along."""
    kpi_id = about["kpi_id"]
    shown.subheading("Who fails", f"As of {words.long_day(view.newest)}. People are pseudonyms.")
    values = data.exception_values(view.marts, kpi_id)
    chosen: dict[str, str] = {}
    names = {"reason": "reason", "change": "change", "severity": "severity", **words.DIMENSIONS}
    shown_filters = [name for name in data.FILTERS if name in values]
    columns = st.columns(4) if shown_filters else []
    for i, name in enumerate(shown_filters):
        with columns[i % 4]:
            picked = choose(
                names[name].capitalize(), name, ["", *values[name]], "", lambda v: v or "all", resets=("page",)
            )
            if picked:
                chosen[name] = picked
    total = data.exception_count(view.marts, kpi_id, chosen)
    if not total["members"]:
        shown.html('<p class="soft">Nobody fails.</p>')
        return
    pages = -(-total["members"] // PAGE_SIZE)
    first, second = st.columns([1, 1])
    with first:
        sort = choose(
            "Sort by",
            "sort",
            list(data.SORTS),
            "money",
            {
                "money": "money at stake",
                "due": "due date",
                "severity": "severity",
                "oldest": "failing longest",
                "newest": "failing since lately",
            }.__getitem__,
            resets=("page",),
        )
    with second:
        page = int(
            choose("Page", "page", [str(n + 1) for n in range(min(pages, 500))], "1", lambda n: f"{n} of {pages}")
        )
    rows = data.exceptions(view.marts, kpi_id, chosen, sort, PAGE_SIZE, (page - 1) * PAGE_SIZE)
    amount = f"; {words.money(total['amount'], total['currency'])} at stake" if total["amount"] else ""
    table = Table(
        exception_columns(rows, ("asset_class", "department", "location", "product"), has_detail=True),
        rows,
        caption=f"{total['members']:,} members{amount}; page {page} of {pages}.",
    )
    shown.html(parts.table(table, "Who fails"))
    st.download_button(
        "All of them as CSV",
        lambda: csv_of(view.marts, kpi_id, chosen, sort),
        file_name=f"{kpi_id}_{view.newest}.csv",
        mime="text/csv",
        on_click="ignore",
    )


def csv_of(marts: data.Marts, kpi_id: str, chosen: dict[str, str], sort: str) -> bytes:
    """The chosen members as CSV; no cell of it is a formula to a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    spreadsheet.write_rows(writer, [data.EXCEPTION_COLUMNS])
    rows = data.exceptions(marts, kpi_id, chosen, sort, None)
    spreadsheet.write_rows(writer, ([_plain(r[c]) for c in data.EXCEPTION_COLUMNS] for r in rows))
    return text.getvalue().encode("utf-8-sig")


def _plain(cell: Any) -> Any:
    return "" if cell is None else cell


def companions(view: View, card: Row) -> None:
    """The numbers beside it."""
    rows = data.companions(view.marts, card["kpi_id"], view.day)
    if not rows:
        return
    table = Table(
        (Column("text", "Number"), Column("shown", "Value"), Column("description", "What it says")),
        [
            {
                **r,
                "text": words.plain(r["name"]).capitalize(),
                "shown": words.figure(r["value"], r["unit"], card["impact_currency"]),
            }
            for r in rows
        ],
    )
    shown.html(
        Markup("<h2>Beside it</h2><details><summary>{} numbers</summary>{}</details>").format(
            len(rows), parts.table(table, "Beside it")
        )
    )


def quality(view: View, about: Row, card: Row) -> None:
    """What the number rests on: feeds, checks, restatements."""
    feeds = re.findall(r"[a-z_]+", about["needs"] or "")
    fresh = Table(
        (
            Column("feed", "Feed", "word"),
            Column("source_system", "Source"),
            Column("newest_accepted_at", "Last delivery", "moment"),
            Column("freshness", "Is"),
        ),
        [{**r, "zone": view.zone} for r in view.report["freshness"] if r["feed"] in feeds],
        "The report of the last refresh says nothing about its feeds.",
    )
    checks = Table(
        (
            Column("check_id", "Check", "code"),
            Column("feed", "Feed", "word"),
            Column("findings", "Deliveries", "count"),
            Column("expected", "Expected"),
            Column("observed", "Found in the newest of them"),
            Column("decision", "Means"),
        ),
        [
            {**r, "decision": MEANS.get(r["decision"] or "", r["decision"])}
            for r in data.checks_of_feeds(view.marts, feeds)
        ],
        "Every check of its feeds passed.",
    )
    changed = restated(view, about["kpi_id"])
    shown.html(
        Markup("<h2>Data quality behind it</h2>{}{}").format(
            parts.table(fresh, "Feeds it needs"), parts.table(checks, "Checks that did not pass")
        )
    )
    if changed.table and changed.table.rows:
        shown.html(parts.table(changed.table, "Restatements"))


def restated(view: View, kpi_id: str | None = None) -> Section:
    """Numbers that changed after they were first reported."""
    rows = [
        {**r, "then": words.figure(r["first_value"], r["unit"]), "now": words.figure(r["value"], r["unit"])}
        for r in data.restatements(view.marts, kpi_id)
    ]
    table = Table(
        (
            Column("name", "KPI", "kpi"),
            Column("as_of_date", "Day", "day"),
            Column("then", "First reported"),
            Column("now", "Now known"),
            Column("cause", "Cause"),
            Column("newest_late_deliveries", "Deliveries", "code"),
        ),
        rows,
        "No published number has changed.",
    )
    return Section("restatements", "Restatements", "", None, "", table, is_table_open=True, is_wide=True)


def definition(kpi_id: str) -> None:
    """What it means in words, its SQL, and the models and feeds it comes from."""
    page = PROJECT_DIR / "docs" / "kpis" / f"{kpi_id}.md"
    shown.subheading("What it means")
    if page.exists():
        with st.expander("Definition"):
            st.markdown(readable(page.read_text(encoding="utf-8")))
    chain = lineage.of_kpi(kpi_id)
    with st.expander("Where it comes from"):
        table = Table((Column("step", "Step"), Column("models", "Reads")), chain)
        shown.html(parts.table(table, "Where it comes from"))
    sql = PROJECT_DIR / "models" / "marts" / "kpi" / f"kpi_{kpi_id}.sql"
    if sql.exists():
        with st.expander("SQL"):
            shown.html(Markup('<pre tabindex="0"><code>{}</code></pre>').format(sql.read_text(encoding="utf-8")))


def readable(text: str) -> str:
    """A page of docs/kpis without its title and links, which lead to files; no dollar begins a formula."""
    body = text.partition("\n")[2]
    body = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", body)
    body = re.sub(r"^(#+) ", lambda m: "#" * min(6, len(m[1]) + 1) + " ", body, flags=re.M)
    return body.replace("$", "\\$")

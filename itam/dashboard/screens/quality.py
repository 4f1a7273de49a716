"""Data quality: may the numbers be believed, what did not pass, who accepted what."""

from __future__ import annotations

from itam.dashboard import data, parts, words
from itam.dashboard import view as shown
from itam.dashboard.tables import Column, Section, Table
from itam.dashboard.view import View

CHECK_COLUMNS = (
    Column("check_id", "Check", "code"),
    Column("feed", "Feed", "word"),
    Column("expected", "Expected"),
    Column("observed", "Found (in the newest)"),
    Column("findings", "Times", "count"),
    Column("failing_rows", "Rows", "count"),
    Column("delivery", "Newest delivery", "code"),
    Column("means", "Means"),
    Column("overridden_by", "Accepted by"),
    Column("override_reason", "Why"),
)
MEANS = {
    "block": "held back",
    "compromise": "published, KPIs marked",
    "publish": "published, listed",
}


def show(view: View) -> None:
    """Draw it."""
    shown.heading("Data quality", f"As of {words.long_day(view.day)}.")
    gate = data.card(view.marts, "inventory_accuracy_rate", view.day)
    tests = data.companion(
        view.marts,
        "inventory_accuracy_rate",
        view.day,
        "complete_rate",
        "valid_rate",
        "unique_rate",
        "current_rate",
        "consistent_rate",
    )
    checks = view.report["checks"]
    failed = [{**c, "means": MEANS.get(c["decision"] or "", c["decision"])} for c in checks if c["outcome"] != "passed"]
    found = [
        ("Inventory accuracy", (gate or {}).get("value_text") or words.NONE, "gates the others"),
        *(
            (words.plain(k.removesuffix("_rate")).capitalize(), words.percent(v), "of the register")
            for k, v in tests.items()
        ),
        (
            "Checks of the newest refresh",
            f"{sum(c['findings'] for c in checks):,}",
            f"{sum(c['findings'] for c in failed):,} did not pass",
        ),
    ]
    shown.html(parts.facts(found))
    shown.section(
        view,
        Section(
            "failed",
            "Checks that did not pass in the newest refresh",
            table=Table(CHECK_COLUMNS, failed, "Every check passed."),
            is_table_open=True,
        ),
    )
    shown.section(
        view,
        Section(
            "differences",
            "Sums that do not agree",
            table=Table(
                (
                    Column("rule", "Rule", "word"),
                    Column("subject", "Of", "code"),
                    Column("expected", "Expected", "number"),
                    Column("found", "Found", "number"),
                    Column("explained", "Explained", "number"),
                    Column("difference", "Left over", "number"),
                    Column("reasons", "Why"),
                ),
                view.report["reconciliation"],
                "Everything that was delivered is accounted for.",
            ),
            is_table_open=True,
        ),
    )
    coverage = view.marts.rows(
        "select kpi_id, name, coverage, status, reason from kpi_scorecard where as_of_date = $day"
        " and (status <> 'ok' or coverage < 0.9) order by coverage nulls first, name",
        day=view.day,
    )
    shown.section(
        view,
        Section(
            "coverage",
            "KPIs that know too little",
            "Not measurable, of low confidence, or with less than 90 % of the population judged.",
            table=Table(
                (
                    Column("name", "KPI", "kpi"),
                    Column("coverage", "Coverage", "percent"),
                    Column("status", "Status", "word"),
                    Column("reason", "Why"),
                ),
                coverage,
                "None.",
            ),
            is_table_open=True,
        ),
    )
    shown.section(
        view,
        Section(
            "history",
            "The gate, refresh by refresh",
            table=Table(
                (
                    Column("refresh_id", "Refresh", "code"),
                    Column("checked_at", "Checked", "moment"),
                    Column("checks", "Checks", "count"),
                    Column("not_passed", "Not passed", "count"),
                    Column("blocking", "Blocking", "count"),
                    Column("accepted", "Accepted", "count"),
                ),
                [{**r, "zone": view.zone} for r in data.gate_history(view.marts)],
                "None yet.",
            ),
        ),
    )

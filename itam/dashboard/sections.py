"""The sections of the home pages, built from published rows; the same ones stand in the reports.

Here: which rows, in which chart and table, with which words. Not here: drawing them (``parts``, ``charts``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from itam.dashboard import charts, data, words
from itam.dashboard.data import Marts, Row, Rows
from itam.dashboard.tables import Column, Section, Table


def of_role(marts: Marts, role: str) -> list[Section]:
    """What a role's home page shows below its KPIs."""
    return {"cio": cio, "it_ops": it_ops, "finance": finance}[role](marts)


def cio(marts: Marts) -> list[Section]:
    """Strategy: money at stake, risks, cost of a life, what comes due for replacement."""
    return [value_at_stake(marts), refresh_wave(marts), heat_map(marts), lifecycle_cost(marts)]


def it_ops(marts: Marts) -> list[Section]:
    """What to work on today."""
    return [
        work(marts, "it_ops"),
        asset_status(marts),
        patches(marts),
        incidents(marts),
        idle(marts),
        recoveries(marts),
    ]


def finance(marts: Marts) -> list[Section]:
    """What is paid, what for, and when it can be changed."""
    return [
        *renewal_calendar(marts),
        vendor_spend(marts),
        budget(marts),
        budget_parts(marts),
        shelfware(marts),
        licence_position(marts),
    ]


def value_at_stake(marts: Marts) -> Section:
    """Money that can be gained or lost, each dollar once."""
    rows = data.value_at_stake(marts)
    currency = _currency(rows)
    parts = [(name, sum(r["amount"] for r in rows if r["kind"] == kind)) for kind, name in words.KINDS.items()]
    said = "; ".join(f"{name.lower()} {words.short_money(amount, currency)}" for name, amount in parts if amount)
    table = Table(
        (Column("name", "KPI", "kpi"), Column("kind", "Kind", "word"), Column("amount", "Amount", "money")),
        [{**r, "kind": words.KINDS[r["kind"]]} for r in data.value_by_kpi(marts)],
        "No money is at stake.",
    )
    return Section(
        "value_at_stake",
        "Value at stake",
        f"Counted once where several KPIs speak of the same money: {said}." if said else "",
        charts.stake(rows, currency) if rows else None,
        f"Bars of money at stake by what it is: {said}.",
        table,
    )


def heat_map(marts: Marts) -> Section:
    """Risks by asset class."""
    rows = data.heat_map(marts)
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(row["asset_class"], {"asset_class": row["asset_class"]})[row["risk"]] = row
    most = sorted(
        found.values(),
        key=lambda r: (-sum((c["member_count"] or 0) for c in r.values() if isinstance(c, dict)), r["asset_class"]),
    )
    table = Table(
        (Column("asset_class", "Class", "word"), *(Column(k, name, "heat") for k, name in words.RISKS.items())),
        most,
        "No risk is measured yet.",
        "Failing members and their share of those measured. A dash: cannot be measured, or not for this class.",
    )
    return Section("risk_heat_map", "Where the risks are", "", None, "", table, is_table_open=True, is_wide=True)


def lifecycle_cost(marts: Marts) -> Section:
    """Cost of an asset by class: so far, and of those whose life ended."""
    day = data.newest(marts)
    so_far = {r["dim_value"]: r for r in data.slices(marts, "tco_per_asset", day, "asset_class")}
    ended = {r["dim_value"]: r for r in data.slices(marts, "lifecycle_tco_per_asset", day, "asset_class")}
    currency = _base_currency(marts)
    rows: Rows = [
        {
            "asset_class": name,
            "so_far": so_far.get(name, {}).get("value"),
            "assets": so_far.get(name, {}).get("denominator"),
            "ended": ended.get(name, {}).get("value"),
            "ended_assets": ended.get(name, {}).get("denominator"),
            "currency": currency,
        }
        for name in so_far | ended
    ]
    rows.sort(key=lambda r: (-(r["so_far"] or 0), r["asset_class"]))
    table = Table(
        (
            Column("asset_class", "Class", "word"),
            Column("so_far", "Cost so far, each", "money"),
            Column("assets", "Assets", "count"),
            Column("ended", "Cost of a whole life, each", "money"),
            Column("ended_assets", "Ended in 12 months", "count"),
        ),
        rows,
        "No cost is attributed yet.",
    )
    return Section(
        "lifecycle_cost",
        "Lifecycle cost by class",
        "What an asset in use has cost so far, and what one had cost whose life ended in the last twelve months."
        " Few assets make an unsteady figure.",
        None,
        "",
        table,
        is_table_open=True,
        is_wide=True,
    )


def refresh_wave(marts: Marts) -> Section:
    """The budget shock to come."""
    rows = data.refresh_wave(marts)
    currency = _currency(rows)
    due = [r for r in rows if r["is_overdue"]]
    said = (
        f"{sum(r['asset_count'] for r in due):,} assets are past their useful life today"
        f" ({words.short_money(_total(due, 'replacement_amount'), currency)}); "
        if due
        else ""
    )
    ahead = [r for r in rows if not r["is_overdue"]]
    said += (
        f"{sum(r['asset_count'] for r in ahead):,} more come due within 24 months"
        f" ({words.short_money(_total(ahead, 'replacement_amount'), currency)})."
    )
    table = Table(
        (
            Column("refresh_month", "Month", "day"),
            Column("asset_class", "Class", "word"),
            Column("is_overdue", "Overdue", "flag"),
            Column("asset_count", "Assets", "count"),
            Column("replacement_amount", "Replacement", "money"),
        ),
        rows,
        "No asset of known age comes due.",
    )
    return Section(
        "refresh_wave",
        "Refresh wave",
        said[:1].upper() + said[1:] if rows else "",
        charts.wave(rows, currency) if rows else None,
        f"Bars of replacement cost by month for 24 months. {said}",
        table,
    )


def work(marts: Marts, role: str) -> Section:
    """Exceptions to work off, by reason."""
    table = Table(
        (
            Column("severity", "Severity", "word"),
            Column("name", "KPI", "kpi"),
            Column("reason", "What is wrong"),
            Column("suggested_action", "What to do"),
            Column("members", "Members", "count"),
            Column("new_members", "New", "count"),
            Column("amount", "At stake", "money"),
            Column("next_due", "Next due", "day"),
        ),
        data.work(marts, role),
        "Nothing fails: no exception is open.",
    )
    return Section("work", "Exceptions to work on", "", None, "", table, is_table_open=True, is_wide=True)


def asset_status(marts: Marts) -> Section:
    """The register by status and class."""
    rows = data.asset_status(marts)
    shown = [{**r, "status": words.plain(r["status"]), "asset_class": words.plain(r["asset_class"])} for r in rows]
    table = Table(
        (Column("status", "Status"), Column("asset_class", "Class"), Column("assets", "Assets", "count")),
        shown,
        "The register is empty.",
    )
    said = f"{sum(r['assets'] for r in rows):,} assets are in the register."
    return Section(
        "asset_status",
        "Asset status",
        said,
        charts.counts(shown, "status", "assets", "asset_class", None) if rows else None,
        f"Bars of assets by status and class. {said}",
        table,
    )


def patches(marts: Marts) -> Section:
    """Patch compliance by device class."""
    rows = [{**r, "asset_class": words.plain(r["asset_class"])} for r in data.patches(marts)]
    table = Table(
        (
            Column("asset_class", "Class"),
            Column("compliance_rate", "Compliant", "percent"),
            Column("compliant_device_count", "Compliant devices", "count"),
            Column("device_count", "Devices", "count"),
            Column("missing_device_count", "Patch missing", "count"),
            Column("missing_critical_device_count", "Critical missing", "count"),
            Column("unknown_device_count", "Unknown", "count"),
            Column("stale_device_count", "Not checked", "count"),
            Column("unseen_device_count", "Not seen", "count"),
        ),
        rows,
        "No device reports patches yet.",
        "A device may fail for several reasons at once.",
    )
    return Section("patches", "Patch compliance by device class", "", None, "", table, is_table_open=True)


def incidents(marts: Marts) -> Section:
    """Open incidents."""
    count = data.incident_count(marts)
    table = Table(
        (
            Column("queue_position", "#", "count"),
            Column("incident_id", "Incident", "code"),
            Column("priority", "Priority"),
            Column("asset_class", "Class", "word"),
            Column("model", "Model"),
            Column("department", "Department"),
            Column("affected_users", "Users", "count"),
            Column("age_hours", "Open for hours", "count"),
            Column("is_asset_down", "Down", "flag"),
            Column("fails_often", "Fails often", "flag"),
        ),
        data.incident_queue(marts),
        "No incident is open.",
    )
    shown = "" if count <= len(table.rows) else f", of which the first {len(table.rows)} are shown"
    said = f"{count:,} open{shown}." if count else ""
    return Section("incidents", "Incident queue", said, None, "", table, is_table_open=True, is_wide=True)


def idle(marts: Marts) -> Section:
    """Assets that nobody uses, by class."""
    rows = marts.rows(
        "select asset_class, reason, count(*) as members, count(*) filter (change = 'new') as new_members,"
        " sum(impact_amount) as amount, any_value(impact_currency) as currency from kpi_exceptions"
        " where kpi_id = 'asset_utilization_rate' and change <> 'gone' group by asset_class, reason"
        " order by members desc, asset_class, reason"
    )
    table = Table(
        (
            Column("asset_class", "Class", "word"),
            Column("reason", "What is wrong"),
            Column("members", "Assets", "count"),
            Column("new_members", "New", "count"),
            Column("amount", "At stake", "money"),
        ),
        rows,
        "Every asset of known use is in use.",
    )
    return Section("idle", "Utilisation alerts", "", None, "", table, is_table_open=True)


def recoveries(marts: Marts) -> Section:
    """What leavers still have."""
    table = Table(
        (
            Column("asset_key", "Asset", "code"),
            Column("asset_class", "Class", "word"),
            Column("department", "Department"),
            Column("location", "Location"),
            Column("holder", "Holder (pseudonym)", "code"),
            Column("due_date", "Due back", "day"),
            Column("days_late", "Days late", "count"),
        ),
        data.open_recoveries(marts, data.newest(marts)),
        "Nothing is due back from leavers.",
    )
    return Section("recoveries", "Open recoveries", "", None, "", table, is_table_open=True)


def renewal_calendar(marts: Marts) -> list[Section]:
    """Decisions ahead."""
    rows, missed = data.renewals(marts), data.missed_renewals(marts)
    currency = next((r["base_currency"] for r in rows), None)
    counts = [
        (limit, [r for r in rows if r["days_left"] <= limit and not r["is_reviewed"]]) for limit in (30, 60, 90, 180)
    ]
    said = ", ".join(f"{len(found):,} within {limit} days" for limit, found in counts)
    said = f"Not reviewed yet: {said}." if rows else ""
    if missed:
        said += f" {len(missed):,} deadlines passed in the last 90 days without a review."
    table = Table(
        (
            Column("decision_deadline_date", "Decide by", "day"),
            Column("days_left", "Days left", "count"),
            Column("contract_id", "Contract", "code"),
            Column("supplier", "Supplier"),
            Column("product_names", "Products"),
            Column("annual_value_base", "Yearly value", "money", "base_currency"),
            Column("used_share", "Used", "percent"),
            Column("shelf_cost_base", "On the shelf", "money", "base_currency"),
            Column("is_auto_renewed", "Renews itself", "flag"),
            Column("is_reviewed", "Reviewed", "flag"),
        ),
        [r for r in rows if r["days_left"] <= 180],
        "No decision is due within 180 days.",
        "Decisions of the next 180 days.",
    )
    return [
        Section(
            "renewal_calendar",
            "Renewal calendar",
            said,
            charts.calendar(rows, currency) if rows else None,
            f"Bars of yearly contract value by month of the decision. {said}",
            table,
            is_table_open=True,
            is_wide=True,
        )
    ]


def vendor_spend(marts: Marts) -> Section:
    """Who gets the money."""
    rows = data.vendors(marts)
    currency = _currency(rows)
    table = Table(
        (
            Column("vendor", "Vendor"),
            Column("spend_amount", "12 months", "money"),
            Column("previous_spend_amount", "12 months before", "money"),
            Column("spend_share", "Share", "percent"),
            Column("active_contract_count", "Contracts", "count"),
            Column("annual_contract_amount", "Contract value a year", "money"),
            Column("next_end_date", "Next end", "day"),
        ),
        rows,
        "No spend is known.",
    )
    parts = {
        "hardware_amount": "hardware",
        "software_amount": "software",
        "saas_amount": "SaaS",
        "cloud_amount": "cloud",
    }
    return Section(
        "vendor_spend",
        "Spend by vendor",
        "Twelve months; the largest twelve vendors.",
        charts.stacked(rows, "vendor", parts, charts.SERIES, currency, "currency") if rows else None,
        "Bars of twelve months' spend by vendor, split into hardware, software, SaaS and cloud.",
        table,
    )


def budget(marts: Marts) -> Section:
    """Spend against budget by cost centre."""
    day = data.newest(marts)
    rows: Rows = [
        {**r, "currency": _base_currency(marts)} for r in data.slices(marts, "budget_variance", day, "cost_center")
    ]
    rows.sort(key=lambda r: (-r["numerator"], r["dim_value"]))
    table = Table(
        (
            Column("dim_value", "Cost centre"),
            Column("numerator", "Over (+) or under budget", "money"),
            Column("denominator", "Budget to date", "money"),
            Column("value", "Variance", "percent"),
            Column("rag", "Light", "light"),
        ),
        rows,
        "No budget is delivered yet.",
    )
    return Section(
        "budget",
        "Budget variance by cost centre",
        "Fiscal year to date; positive is over budget.",
        charts.variance(rows, _base_currency(marts)) if rows else None,
        "Bars of spend over or under budget by cost centre.",
        table,
    )


def budget_parts(marts: Marts) -> Section:
    """What the variance is made of: prices and volumes, and exchange rates."""
    day = data.newest(marts)
    names = {
        "actual_amount": "Spent, year to date",
        "budget_amount": "Budget to date",
        "volume_price_effect_amount": "Variance from volume and price",
        "fx_effect_amount": "Variance from exchange rates",
        "commitment_amount": "Open orders of the year",
        "forecast_amount": "Forecast to date",
        "spend_without_budget_amount": "Spent where there is no budget",
    }
    known = data.companion(marts, "budget_variance", day, *names)
    rows: Rows = [
        {"part": text, "amount": known[name], "currency": _base_currency(marts)}
        for name, text in names.items()
        if known.get(name) is not None
    ]
    table = Table((Column("part", "Part"), Column("amount", "Amount", "money")), rows, "No budget is delivered yet.")
    return Section("budget_parts", "What the variance is made of", "", None, "", table, is_table_open=True)


SHELF = (
    ("undeployed", "1 Bought, taken up by nobody"),
    ("never_used", "2 Assigned or installed, never used"),
    ("dormant", "3 Used before, not for 90 days"),
    ("rare", "4 Hardly used"),
    ("unknown", "5 Use cannot be seen (not counted)"),
)


def shelfware(marts: Marts) -> Section:
    """The ladder of what is paid for and not used."""
    day = data.newest(marts)
    known = data.companion(
        marts, "shelfware_total_pct", day, *(f"{step}_{what}" for step, _ in SHELF for what in ("cost", "rights"))
    )
    currency = _base_currency(marts)
    rows: Rows = [
        {
            "step": text,
            "amount": known.get(f"{step}_cost"),
            "rights": known.get(f"{step}_rights"),
            "currency": currency,
        }
        for step, text in SHELF
        if known.get(f"{step}_cost") is not None
    ]
    table = Table(
        (Column("step", "Step"), Column("amount", "Cost a year", "money"), Column("rights", "Rights", "count")),
        rows,
        "No use of licences is known yet.",
    )
    return Section(
        "shelfware",
        "Shelfware ladder",
        "Yearly cost of rights that are paid for; steps 2 to 4 are shelfware in the narrow sense.",
        charts.stacked(rows, "step", {"amount": "cost a year"}, [charts.BLUE], currency, "currency") if rows else None,
        "Bars of yearly cost by step of the shelfware ladder.",
        table,
    )


def licence_position(marts: Marts) -> Section:
    """Rights owned against rights needed."""
    rows = data.license_position(marts)
    table = Table(
        (
            Column("product", "Product"),
            Column("metric", "Metric", "word"),
            Column("position", "Position", "word"),
            Column("owned_rights", "Owned", "count"),
            Column("required_rights", "Needed", "count"),
            Column("used_rights", "In use", "count"),
            Column("shortfall_rights", "Short", "count"),
            Column("surplus_rights", "Spare", "count"),
            Column("true_up_cost", "To buy", "money"),
            Column("over_licensed_cost", "Spare cost", "money"),
            Column("next_renewal_date", "Renewal", "day"),
        ),
        rows[:40],
        "No licence is known yet.",
        f"The first 40 of {len(rows)} products, what is dearest to mend first." if len(rows) > 40 else "",
    )
    return Section(
        "licence_position", "Licence position and use", "", None, "", table, is_table_open=True, is_wide=True
    )


def _currency(rows: Rows) -> str | None:
    return next((str(r["currency"]) for r in rows if r.get("currency")), None)


def _base_currency(marts: Marts) -> str | None:
    found = marts.rows("select max(impact_currency) as currency from kpi_results where impact_currency is not null")
    return None if found[0]["currency"] is None else str(found[0]["currency"])


def _total(rows: Rows, column: str) -> object:
    return sum(r[column] for r in rows if r[column] is not None)


def changes(marts: Marts, since: date, day: date) -> Section:
    """KPIs between two days."""
    rows = [
        {
            **r,
            "currency": r["impact_currency"],
            "verdict": words.verdict(r["difference"], r["unit"], r["direction"]),
        }
        for r in data.changes(marts, since, day)
    ]
    moved = [
        r
        for r in rows
        if words.is_visible(r["difference"], r["unit"]) or r["rag"] != r["old_rag"] or r["status"] != r["old_status"]
    ]
    table = Table(
        (
            Column("name", "KPI", "kpi"),
            Column("old_value_text", "Then"),
            Column("old_rag", "Light then", "light"),
            Column("value_text", "Now"),
            Column("rag", "Light now", "light"),
            Column("difference", "Change", "difference"),
            Column("verdict", "Is"),
        ),
        moved,
        "No KPI moved.",
    )
    return Section(
        "changes",
        f"KPIs from {words.long_day(since)} to {words.long_day(day)}",
        f"{len(moved)} of {len(rows)} moved.",
        None,
        "",
        table,
        is_table_open=True,
        is_wide=True,
    )


def exception_columns(rows: Rows, dimensions: Sequence[str], *, has_detail: bool = False) -> tuple[Column, ...]:
    """The columns of a list of exceptions; of these dimensions those that any row has."""
    return (
        Column("severity", "Severity"),
        Column("entity_id", "Member", "code"),
        Column("reason", "What is wrong"),
        *((Column("detail", "Detail"),) if has_detail else ()),
        Column("suggested_action", "What to do"),
        *(Column(d, words.DIMENSIONS[d].capitalize()) for d in dimensions if any(row[d] is not None for row in rows)),
        Column("impact_amount", "At stake", "money", "impact_currency"),
        Column("due_date", "Due", "day"),
        Column("first_seen_date", "Failing since", "day"),
        Column("change", "Is"),
    )

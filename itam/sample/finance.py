"""The IT slice of the ledger: the feeds `cost_line`, `budget_line` and `fixed_asset`.

Here: postings by day, budgets by version, books. Not here: agreements (contracts.py) and cloud bills (cloud.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from itam.sample import dirt
from itam.sample.columns import days, flags, integers, money, pick, strings, text
from itam.sample.contracts import AGREEMENTS, Contracts
from itam.sample.estate import LOST, SOLD
from itam.sample.licences import PLANS
from itam.sample.organisation import CURRENCIES, DEPARTMENTS, SUPPLIERS, USD_PER
from itam.sample.registers import Register, capitalised
from itam.sample.timeline import Flags, Ints, Timeline, day_number, month_starts, next_month, stream, to_date

CATEGORIES = (
    "acquisition",
    "deployment",
    "maintenance",
    "support",
    "upgrade",
    "labor",
    "disposal",
    "disposal_proceeds",
    "software",
    "saas",
    "cloud",
    "depreciation",
    "other",
)
(
    ACQUISITION,
    DEPLOYMENT,
    MAINTENANCE,
    SUPPORT,
    UPGRADE,
    LABOR,
    DISPOSAL,
    PROCEEDS,
    SOFTWARE,
    SAAS,
    CLOUD,
    DEPRECIATION,
    OTHER,
) = range(13)
_KIND_CATEGORY = {"software": SOFTWARE, "saas": SAAS, "maintenance": MAINTENANCE, "service": SUPPORT, "lease": SUPPORT}
_COST_CENTERS = tuple(d.cost_center for d in DEPARTMENTS)
_ALL_CURRENCIES = (*CURRENCIES, "CHF")
UNBUDGETED = "CC901"
"""A project's cost centre that nobody budgeted."""
_PRODUCT_OF_CONTRACT = {plan.contract: plan.product for plan in PLANS}
_NAMES = (
    "day",
    "cents",
    "currency",
    "category",
    "capex",
    "commitment",
    "center",
    "asset",
    "contract",
    "supplier",
    "reversal",
    "incident",
    "by_books",
)


@dataclass
class Ledger:
    """Lines as columns, in order of posting."""

    columns: dict[str, Ints]
    contracts: Contracts

    def __len__(self) -> int:
        return len(self.columns["day"])


class _Journal:
    """Collects postings, then sorts them once."""

    def __init__(self) -> None:
        self.parts: list[dict[str, Ints]] = []

    def post(self, day: Ints, cents: Ints, category: int, center: Ints, **more: Ints) -> None:
        """Add lines; whatever is not said is zero or nothing."""
        rows = len(day)
        if rows:
            blank = {
                name: np.full(rows, 0 if name in ("currency", "capex", "commitment", "by_books") else -1)
                for name in _NAMES
            }
            self.parts.append(
                blank | {"day": day, "cents": cents, "category": np.full(rows, category), "center": center, **more}
            )

    def close(self, until: int) -> dict[str, Ints]:
        """All lines up to a day in order of posting."""
        joined = {name: np.concatenate([p[name].astype(np.int64) for p in self.parts]) for name in _NAMES}
        order = np.argsort(joined["day"], kind="stable")
        kept = order[joined["day"][order] <= until]
        return {name: column[kept] for name, column in joined.items()}


def make_ledger(seed: int, line: Timeline, register: Register, contracts: Contracts, assets: int) -> Ledger:
    """Post what the estate and the agreements cost."""
    rng = stream(seed, "ledger")
    estate, journal = register.estate, _Journal()
    start = line.origin - 30
    bought = np.flatnonzero((estate.received >= start) & (estate.received <= line.as_of) & (estate.cents > 0))
    owned = bought[estate.lease[bought] < 0]
    center = estate.department[owned]
    day = estate.received[owned] + 3 + owned % 9
    by_books = (owned % 2 == 0) & capitalised(estate)[owned]
    journal.post(
        day,
        estate.cents[owned],
        ACQUISITION,
        center,
        currency=estate.currency[owned],
        capex=np.ones(len(owned), dtype=np.int64),
        asset=owned,
        supplier=estate.order[owned] % len(SUPPLIERS),
        by_books=by_books,
    )
    open_orders = np.flatnonzero((estate.ordered > line.as_of - 90) & (estate.received > line.as_of))
    journal.post(
        estate.ordered[open_orders] + 1,
        estate.cents[open_orders],
        ACQUISITION,
        estate.department[open_orders],
        currency=estate.currency[open_orders],
        asset=open_orders,
        commitment=np.ones(len(open_orders), dtype=np.int64),
        capex=np.ones(len(open_orders), dtype=np.int64),
    )
    set_up = owned[np.isin(estate.asset_class[owned], (0, 1, 6))]
    journal.post(
        estate.received[set_up] + 10,
        2500 + set_up % 30 * 100,
        DEPLOYMENT,
        estate.department[set_up],
        currency=estate.currency[set_up],
        asset=set_up,
    )
    upgrades = np.flatnonzero(
        (estate.in_service < line.as_of - 60)
        & (np.isin(estate.asset_class, (0, 1, 6)))
        & (rng.random(len(estate)) < 0.03)
    )
    journal.post(
        np.maximum(estate.in_service[upgrades] + 40, start) + rng.integers(0, 300, len(upgrades)),
        9_000 + upgrades % 40 * 250,
        UPGRADE,
        estate.department[upgrades],
        currency=estate.currency[upgrades],
        asset=upgrades,
    )
    repairs = np.flatnonzero(
        (estate.retired > start) & (estate.in_service < line.as_of - 100) & (rng.random(len(estate)) < 0.09)
    )
    journal.post(
        np.maximum(estate.in_service[repairs], start) + rng.integers(20, 400, len(repairs)),
        6_000 + repairs % 90 * 220,
        MAINTENANCE,
        estate.department[repairs],
        currency=estate.currency[repairs],
        asset=repairs,
    )
    out = np.flatnonzero((estate.disposed <= line.as_of) & (estate.method != LOST) & (estate.disposed >= start))
    journal.post(
        estate.disposed[out] + 6,
        900 + out % 14 * 100,
        DISPOSAL,
        np.full(len(out), 2),
        currency=estate.currency[out],
        asset=out,
    )
    sold = out[estate.method[out] == SOLD]
    journal.post(
        estate.disposed[sold] + 9,
        -(estate.cents[sold] * (4 + sold % 9) // 100),
        PROCEEDS,
        np.full(len(sold), 2),
        currency=estate.currency[sold],
        asset=sold,
    )
    _post_agreements(journal, contracts, start, line.as_of)
    _post_months(journal, rng, estate.cents, assets, start, line)
    columns = _with_credit_notes(rng, journal.close(line.as_of))
    abroad = np.isin(columns["category"], (SUPPORT, OTHER, MAINTENANCE)) & (columns["day"] < line.as_of)
    stray = dirt.strike(rng, len(abroad), dirt.LINES_WITHOUT_RATE, abroad)
    columns["currency"] = np.where(stray, 3, columns["currency"])
    return Ledger(columns, contracts)


def _post_agreements(journal: _Journal, contracts: Contracts, start: int, until: int) -> None:
    """Software is paid a year ahead, everything else by the month."""
    for term, number in enumerate(contracts.agreement.tolist()):
        agreement = AGREEMENTS[number]
        if agreement.kind not in _KIND_CATEGORY:
            continue
        category = _KIND_CATEGORY[agreement.kind]
        first, last = int(contracts.start[term]), int(min(contracts.end[term], until))
        if agreement.kind == "software":
            postings = [first + 20] if start <= first + 20 <= until else []
            share = 1
        else:
            postings = [day + 4 for day in month_starts(max(first, start), last)]
            share = 12
        paid = np.array(postings, dtype=np.int64)
        center = _COST_CENTERS.index(agreement.cost_center)
        journal.post(
            paid,
            np.full(len(paid), int(contracts.cents[term]) // share),
            category,
            np.full(len(paid), center),
            currency=np.full(len(paid), CURRENCIES.index(agreement.currency)),
            contract=np.full(len(paid), term),
        )


def _post_months(
    journal: _Journal, rng: np.random.Generator, cents: Ints, assets: int, start: int, line: Timeline
) -> None:
    """Payroll, depreciation, cloud accruals and sundries of every cost centre, month by month."""
    months = month_starts(start, line.as_of)
    mean = float(cents[cents > 0].mean()) if (cents > 0).any() else 50_000.0
    for number, department in enumerate(DEPARTMENTS):
        size = assets * department.weight
        for index, month in enumerate(months):
            growth = 1 + 0.004 * index
            wobble = float(rng.uniform(0.96, 1.05))
            is_it = number == 2
            for category, amount, offset in (
                (DEPRECIATION, size * mean / 48, 27),
                (LABOR, size * (9_600 if is_it else 260), 24),
                (CLOUD, size * (900 if number in (0, 2) else 0), 5),
                (OTHER, size * 90, 14),
                (SUPPORT, size * (700 if is_it else 40), 18),
            ):
                value = round(amount * growth * wobble)
                if value:
                    journal.post(np.array([month + offset]), np.array([value]), category, np.array([number]))
            if number == 0 and index % 2:
                journal.post(np.array([month + 12]), np.array([round(size * 60)]), OTHER, np.array([-1]))


def _with_credit_notes(rng: np.random.Generator, columns: dict[str, Ints]) -> dict[str, Ints]:
    """Some invoices come back: a later negative line that names the one it reverses."""
    count = len(columns["day"])
    may = (columns["cents"] > 0) & (columns["commitment"] == 0) & np.isin(columns["category"], (0, 2, 3, 8, 9, 12))
    chosen = np.flatnonzero(may & (rng.random(count) < dirt.CREDIT_NOTES))
    notes = {name: column[chosen].copy() for name, column in columns.items()}
    notes["reversal"] = chosen
    share = rng.choice([100, 20, 10], len(chosen), p=[0.25, 0.4, 0.35])
    notes["cents"] = -(notes["cents"] * share // 100)
    notes["day"] = notes["day"] + rng.integers(4, 40, len(chosen))
    joined = {name: np.concatenate([columns[name], notes[name]]) for name in columns}
    joined["line"] = np.arange(len(joined["day"]))
    order = np.argsort(joined["day"], kind="stable")
    return {name: column[order] for name, column in joined.items()}


def cost_line_feed(ledger: Ledger, register: Register, since: int, until: int) -> pa.Table:
    """Lines posted between two days (posted in the books a day before the extract)."""
    c = ledger.columns
    rows = np.flatnonzero((c["day"] > since) & (c["day"] <= until))
    part = {name: column[rows] for name, column in c.items()}
    posted = [to_date(day) for day in part["day"].tolist()]
    contracts = ledger.contracts
    codes = [AGREEMENTS[n].code for n in contracts.agreement.tolist()]
    products = [
        _PRODUCT_OF_CONTRACT.get(code) if AGREEMENTS[n].kind == "saas" else None
        for code, n in zip(codes, contracts.agreement.tolist(), strict=True)
    ]
    suppliers = [AGREEMENTS[n].supplier for n in contracts.agreement.tolist()]
    term = part["contract"]
    names = [None if t < 0 else products[t] for t in term.tolist()]
    center_words = [*_COST_CENTERS, UNBUDGETED]
    return pa.table(
        {
            "line_id": strings([f"{line + 1:09d}" for line in part["line"].tolist()]),
            "posted_date": days(part["day"]),
            "fiscal_period": strings([f"{day.year}-{day.month:02d}" for day in posted]),
            "amount": money(part["cents"]),
            "currency": text(_ALL_CURRENCIES, part["currency"]),
            "cost_category": text(CATEGORIES, part["category"]),
            "is_capex": flags(part["capex"] == 1),
            "is_commitment": flags(part["commitment"] == 1),
            "gl_account": text([f"6{n:02d}000" for n in range(len(CATEGORIES))], part["category"]),
            "cost_center": text(center_words, np.where(part["center"] < 0, len(_COST_CENTERS), part["center"])),
            "supplier": strings(
                [
                    SUPPLIERS[s] if s >= 0 else (suppliers[t] if t >= 0 else None)
                    for s, t in zip(part["supplier"].tolist(), term.tolist(), strict=True)
                ]
            ),
            "asset_id": pick(register.asset_ids, part["asset"], part["by_books"] == 0),
            "finance_asset_id": pick(register.finance_ids, part["asset"], part["by_books"] == 1),
            "contract_id": strings([None if t < 0 else contracts.ids[t] for t in term.tolist()]),
            "product": strings(names),
            "incident_id": strings([None] * len(rows)),
            "po_number": strings(
                [None if a < 0 else f"PO{register.estate.order[a]:06d}" for a in part["asset"].tolist()]
            ),
            "invoice_number": strings([f"R{line * 7 + 1000:08d}" for line in part["line"].tolist()]),
            "reversal_of": strings([None if r < 0 else f"{r + 1:09d}" for r in part["reversal"].tolist()]),
        }
    )


def make_budgets(seed: int, line: Timeline, ledger: Ledger) -> list[dict[str, object]]:
    """Budgets of each fiscal year: the original in December, revised in June for the second half, forecasts."""
    rng = stream(seed, "budget")
    c = ledger.columns
    usd = np.array([USD_PER.get(code, 0.0) for code in _ALL_CURRENCIES])[c["currency"]] * c["cents"]
    actual = (c["commitment"] == 0) & (c["center"] >= 0)
    years = range(to_date(line.first).year - 1, to_date(line.as_of).year + 1)
    rows: list[dict[str, object]] = []
    for center in range(len(DEPARTMENTS)):
        bias = float(rng.uniform(-0.03, 0.085))
        for category in range(len(CATEGORIES)):
            mine = actual & (c["center"] == center) & (c["category"] == category)
            if not mine.any():
                continue
            currency = "EUR" if center == 4 else "USD"
            for year in years:
                start, end = day_number(date(year, 1, 1)), day_number(date(year + 1, 1, 1))
                within = mine & (c["day"] >= start) & (c["day"] < end)
                covered = max(30, min(end, line.as_of + 1) - max(start, int(c["day"][0])))
                yearly = float(usd[within].sum()) * 365 / covered
                plan = yearly / 12 / USD_PER[currency] * (1 - bias + float(rng.uniform(-0.02, 0.02)))
                if category == OTHER and center == 3:
                    plan = 0.0  # a line with a budget of zero
                budget = f"B-{_COST_CENTERS[center]}-{CATEGORIES[category]}"
                common = {
                    "budget_id": budget,
                    "cost_center": _COST_CENTERS[center],
                    "cost_category": CATEGORIES[category],
                    "currency": currency,
                }
                rows += _versions(common, year, start, plan, is_phased=not (category == OTHER and center == 5))
    return rows


def _versions(
    common: Mapping[str, object], year: int, start: int, plan: float, is_phased: bool
) -> list[dict[str, object]]:
    periods = [f"{year}-{month:02d}" for month in range(1, 13)] if is_phased else [str(year)]
    share = plan if is_phased else plan * 12
    rows: list[dict[str, object]] = [
        {
            **common,
            "version": f"{year}-V1",
            "version_type": "original",
            "approved": start - 17,
            "period": period,
            "cents": round(share),
        }
        for period in periods
    ]
    if is_phased:
        june = day_number(date(year, 6, 18))
        rows += [
            {
                **common,
                "version": f"{year}-V2",
                "version_type": "revised",
                "approved": june,
                "period": period,
                "cents": round(share * 1.025),
            }
            for period in periods[6:]
        ]
        for quarter in (1, 2, 3):
            approved = day_number(date(year, 3 * quarter + 1, 10))
            rows += [
                {
                    **common,
                    "version": f"{year}-F{quarter}",
                    "version_type": "forecast",
                    "approved": approved,
                    "period": period,
                    "cents": round(share * (1 + 0.01 * quarter)),
                }
                for period in periods[3 * quarter :]
            ]
    return rows


def budget_line_feed(budgets: list[dict[str, object]], day: int) -> pa.Table:
    """All versions approved so far."""
    rows = [row for row in budgets if int(str(row["approved"])) <= day]

    def words(name: str) -> pa.Array:
        return strings([str(row[name]) for row in rows])

    return pa.table(
        {
            "budget_id": words("budget_id"),
            "version": words("version"),
            "version_type": words("version_type"),
            "approved_at": days(np.array([int(str(row["approved"])) for row in rows], dtype=np.int64)),
            "fiscal_period": words("period"),
            "cost_center": words("cost_center"),
            "cost_category": words("cost_category"),
            "amount": money(np.array([int(str(row["cents"])) for row in rows], dtype=np.int64)),
            "currency": words("currency"),
        }
    )


def fixed_asset_feed(register: Register, day: int) -> pa.Table:
    """The books: straight line, closed at the end of the month before; servers also in the group's book."""
    estate = register.estate
    closing = next_month(day - 31)
    closing = closing if closing <= day else closing - 31
    on_books = capitalised(estate) & (estate.received <= day) & (estate.disposed > day - 365)
    local = np.flatnonzero(on_books)
    group = local[np.isin(estate.asset_class[local], (6, 7, 9))]
    rows = np.concatenate([local, group])
    book = np.concatenate([np.zeros(len(local), dtype=np.int64), np.ones(len(group), dtype=np.int64)])
    life = np.where(np.isin(estate.asset_class[rows], (6, 7, 8, 9)), 60, np.where(book == 1, 48, 36))
    months = np.clip((closing - estate.received[rows]) // 30, 0, life)
    written_off = estate.cents[rows] * months // life
    gone = estate.disposed[rows] <= day
    kept: Flags = ~gone
    return pa.table(
        {
            "finance_asset_id": register.finance_ids.take(pa.array(rows)),
            "book": text(["local", "group"], book),
            "description": text(
                [f"{word} equipment" for word in ("IT", "network")], (estate.asset_class[rows] == 7).astype(np.int64)
            ),
            "serial_number": register.true_serials.take(pa.array(rows)),
            "capitalized_date": days(estate.received[rows]),
            "deactivated_date": days(np.where(gone, estate.disposed[rows], 0), gone),
            "acquisition_value": money(estate.cents[rows]),
            "accumulated_depreciation": money(np.where(gone, estate.cents[rows], written_off)),
            "net_book_value": money(np.where(kept, estate.cents[rows] - written_off, 0)),
            "currency": text(CURRENCIES, estate.currency[rows]),
            "useful_life_months": integers(life),
            "cost_center": text(_COST_CENTERS, estate.department[rows]),
        }
    )

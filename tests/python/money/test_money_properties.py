"""The money models against a naive reading of the rules: one day, one asset, one line at a time, in Python.

Here: rates, attribution, acquisition figures and asset-days on small random organisations. Not here: hand-made cases.
"""

import calendar
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.python.money.money_warehouse import Delivery, Row, cells

Build = Callable[[Sequence[Delivery], str], duckdb.DuckDBPyConnection]

DELIVERED = [date(2026, 5, 28), date(2026, 6, 3), date(2026, 6, 10), date(2026, 6, 16)]
AS_OF = date(2026, 6, 18)
ASKED = [AS_OF - timedelta(days=days) for days in range(22)]
CATEGORIES = ["acquisition", "maintenance", "labor", "disposal_proceeds", "software"]
OUT = {"ordered"}
TOLERANCE = Fraction(1, 10**6)


@dataclass(frozen=True)
class Organisation:
    """What is delivered: registers by (source, day), the ledger, the rates."""

    registers: dict[tuple[str, date], list[Row]]
    ledger: list[Row]
    rates: list[Row]

    def deliveries(self) -> list[Delivery]:
        """The same as landing knows it."""
        at = f"{DELIVERED[-1]} 02:00:00"
        return [
            *(
                Delivery(source, "hardware_asset", f"{day} 02:00:00", rows)
                for (source, day), rows in self.registers.items()
            ),
            Delivery("erp", "cost_line", at, self.ledger),
            Delivery("ecb", "fx_rate", at, self.rates),
        ]


days = st.dates(date(2026, 4, 20), date(2026, 7, 5))
maybe_day = st.one_of(st.none(), days)


def text(value: object) -> str | None:
    """Canonical text of a value."""
    return None if value is None else str(value)


@st.composite
def register_rows(draw: st.DrawFn, source: str) -> list[Row]:
    """Up to four rows of one delivery; ids may be those of the other source."""
    rows: list[Row] = []
    for number in draw(st.lists(st.integers(0, 3), unique=True, max_size=4)):
        rows.append(
            {
                "asset_id": f"{number}" if number < 2 else f"{source}{number}",
                "asset_class": "Laptop",
                "status": draw(st.sampled_from(["deployed", "deployed", "disposed", "ordered"])),
                "ownership": draw(st.sampled_from([None, "owned", "leased", "byod"])),
                "in_service_date": text(draw(maybe_day)),
                "received_date": text(draw(maybe_day)),
                "retired_date": text(draw(maybe_day)),
                "contract_id": draw(st.sampled_from([None, "K", "J"])),
                "finance_asset_id": draw(st.sampled_from([None, f"F{number}"])),
                "purchase_cost": draw(st.sampled_from([None, "100", "333.33"])),
                "currency": draw(st.sampled_from(["USD", "EUR", "CHF"])),
            }
        )
    return rows


@st.composite
def organisations(draw: st.DrawFn) -> Organisation:
    """Two registers over three weeks, a ledger, and quotes in both directions."""
    registers = {(source, day): draw(register_rows(source)) for source in ("a", "b") for day in DELIVERED}
    ledger: list[Row] = [
        {
            "line_id": str(number),
            "posted_date": text(draw(days)),
            "fiscal_period": "2026-06",
            "amount": draw(st.sampled_from(["10", "-7.77", "1000.01"])),
            "currency": draw(st.sampled_from(["USD", "EUR", "CHF"])),
            "cost_category": draw(st.sampled_from(CATEGORIES)),
            "is_commitment": draw(st.sampled_from([None, "false", "true"])),
            "asset_id": draw(st.sampled_from([None, "0", "1", "a2", "b3", "gone"])),
            "finance_asset_id": draw(st.sampled_from([None, "F0", "F2"])),
            "contract_id": draw(st.sampled_from([None, "K", "J"])),
        }
        for number in range(draw(st.integers(0, 8)))
    ]
    quotes: dict[tuple[str, date], Row] = {}
    for pair, day, rate in draw(
        st.lists(st.tuples(st.sampled_from(["EURUSD", "CHFUSD", "USDCHF"]), days, st.sampled_from(["0.8", "1.1", "3"])))
    ):
        quotes[pair, day] = {
            "rate_date": text(day),
            "from_currency": pair[:3],
            "to_currency": pair[3:],
            "rate_type": "spot",
            "rate": rate,
        }
    return Organisation(registers, ledger, list(quotes.values()))


class Naive:
    """The rules read on one day."""

    def __init__(self, organisation: Organisation, day: date) -> None:
        self.organisation, self.day = organisation, day
        self.state: dict[tuple[str, str], Row] = {}
        self.ever: dict[tuple[str, str], tuple[Row, date | None]] = {}
        for (source, delivered), rows in sorted(organisation.registers.items(), key=lambda one: one[0][1]):
            if delivered > day:
                continue
            named = {str(row["asset_id"]): row for row in rows}
            for key, (row, gone) in list(self.ever.items()):
                if key[0] == source and key[1] not in named and gone is None:
                    self.ever[key] = (row, delivered)
            self.ever |= {(source, asset_id): (row, None) for asset_id, row in named.items()}
            self.state = {key: row for key, row in self.state.items() if key[0] != source}
            self.state |= {(source, asset_id): row for asset_id, row in named.items()}

    def rate(self, currency: str | None, on: date) -> Fraction | None:
        """Latest direct quote, else one over the latest the other way round."""
        if currency == "USD":
            return Fraction(1)
        for pair in ((currency, "USD"), ("USD", currency)):
            known = [
                (quote["rate_date"], Fraction(str(quote["rate"])))
                for quote in self.organisation.rates
                if (quote["from_currency"], quote["to_currency"]) == pair and str(quote["rate_date"]) <= str(on)
            ]
            if known:
                return max(known)[1] if pair[1] == "USD" else 1 / max(known)[1]
        return None

    def counts(self, row: Row) -> bool:
        """In scope, not BYOD, received or later."""
        return row["status"] not in OUT and row["ownership"] != "byod"

    def life(self, key: tuple[str, str], starts: Sequence[str]) -> tuple[date | None, date]:
        """Start and end of an asset as known on the day."""
        row, gone = self.ever[key]
        start = next((date.fromisoformat(str(row[name])) for name in starts if row[name]), None)
        ends = [date.fromisoformat(str(row["retired_date"]))] if row["retired_date"] else []
        ends = [end for end in [*ends, *([gone] if gone else [])] if end <= self.day]
        return start, min(ends, default=date.max)

    def resolve(self, column: str, value: str | None) -> tuple[str, str] | None:
        """The only asset ever with that id; the ledger's source has no register."""
        sources = {key[0]: key for key, (row, _) in sorted(self.ever.items()) if value and row[column] == value}
        return next(iter(sources.values())) if len(sources) == 1 else None

    def attribution(self, line: Row) -> dict[tuple[str, str], Fraction]:
        """Shares of a line."""
        posted = date.fromisoformat(str(line["posted_date"]))
        rate = self.rate(line["currency"], posted)
        if posted > self.day or line["is_commitment"] == "true" or line["cost_category"] == "software" or rate is None:
            return {}
        amount = Fraction(str(line["amount"])) * rate
        for column in ("asset_id", "finance_asset_id"):
            if asset := self.resolve(column, line[column]):
                return {asset: amount}
        active: dict[tuple[str, str], int] = {}
        for key, (row, _) in self.ever.items():
            start, end = self.life(key, ("in_service_date", "received_date"))
            if line["contract_id"] and row["contract_id"] == line["contract_id"] and self.counts(row) and start:
                length = calendar.monthrange(posted.year, posted.month)[1]
                month = [date(posted.year, posted.month, number) for number in range(1, length + 1)]
                if number := sum(start <= one < end for one in month):
                    active[key] = number
        return {key: amount * number / sum(active.values()) for key, number in active.items()}

    def tco(self) -> tuple[Fraction, int, int]:
        """Numerator, denominator and population of tco_per_asset."""
        borne = [(line, self.attribution(line)) for line in self.organisation.ledger]
        total, known, population = Fraction(0), 0, 0
        for key, row in self.state.items():
            if row["status"] != "deployed" or row["ownership"] == "byod":
                continue
            population += 1
            acquired = any(key in shares and line["cost_category"] == "acquisition" for line, shares in borne)
            bought_on = date.fromisoformat(str(row["in_service_date"])) if row["in_service_date"] else self.day
            rate = self.rate(row["currency"], min(bought_on, AS_OF))
            purchase = Fraction(row["purchase_cost"]) * rate if row["purchase_cost"] and rate is not None else None
            if acquired or row["ownership"] == "leased":
                purchase = Fraction(0)
            if purchase is not None:
                known += 1
                total += purchase + sum((shares.get(key, Fraction(0)) for _, shares in borne), Fraction(0))
        return total, known, population

    def asset_days(self) -> int:
        """Asset-days of the twelve months up to the day, counted one by one."""
        window = [self.day - timedelta(days=number) for number in range(365)]
        total = 0
        for key, (row, _) in self.ever.items():
            start, end = self.life(key, ("received_date", "in_service_date"))
            if self.counts(row) and start:
                total += sum(start <= one < end for one in window)
        return total


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(organisation=organisations())
def test_the_models_agree_with_the_rules_read_naively(build: Build, organisation: Organisation) -> None:
    """Spans, sweeps and straight pieces must give, on every day, what the sentences of the rules give."""
    connection = build(organisation.deliveries(), str(AS_OF))
    tco, cost = cells(connection, "tco_per_asset"), cells(connection, "cost_per_asset")
    zero = {"numerator": Decimal(0), "denominator": Decimal(0), "population": Decimal(0)}
    for day in ASKED:
        naive = Naive(organisation, day)
        got = tco.get((str(day), "all", "all"), zero)
        total, known, population = naive.tco()
        assert abs(Fraction(got["numerator"]) - total) < TOLERANCE, day
        assert (got["denominator"], got["population"]) == (known, population), day
        estate = cost.get((str(day), "all", "all"), zero)
        assert abs(Fraction(estate["denominator"]) - Fraction(naive.asset_days(), 365)) < TOLERANCE, day

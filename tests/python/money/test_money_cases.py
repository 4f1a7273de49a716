"""Hand-computed money: each case is a few rows and the arithmetic beside them."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.python.money.money_warehouse import Delivery, Row, cells

Build = Callable[[Sequence[Delivery], str], duckdb.DuckDBPyConnection]

DAY = "2026-06-30"
AT = f"{DAY} 02:00:00"
LINE = {"posted_date": "2026-06-10", "fiscal_period": "2026-06", "currency": "USD", "cost_category": "support"}
ASSET = {"asset_class": "Laptop", "status": "deployed", "in_service_date": "2026-01-01"}
BILL = {
    "BillingCurrency": "USD",
    "BillingAccountId": "acc",
    "BillingPeriodStart": "2026-06-01 00:00:00",
    "BillingPeriodEnd": "2026-07-01 00:00:00",
    "ChargePeriodStart": "2026-06-01 00:00:00",
    "ChargePeriodEnd": "2026-06-02 00:00:00",
    "ChargeCategory": "Usage",
    "ServiceProviderName": "AWS",
    "ServiceName": "EC2",
    "BilledCost": "1",
    "EffectiveCost": "1",
}


def assets(*rows: Row, at: str = AT, source: str = "cmdb") -> Delivery:
    """A register; every row is a deployed laptop unless it says otherwise."""
    return Delivery(source, "hardware_asset", at, [{**ASSET, **row} for row in rows])


def lines(*rows: Row, at: str = AT) -> Delivery:
    """A ledger of support lines in June, numbered."""
    return Delivery("erp", "cost_line", at, [{**LINE, "line_id": str(n), **row} for n, row in enumerate(rows)])


def rates(*rows: tuple[str, str, str, str, str]) -> Delivery:
    """Date, from, to, type, rate."""
    names = ("rate_date", "from_currency", "to_currency", "rate_type", "rate")
    return Delivery("ecb", "fx_rate", AT, [dict(zip(names, row, strict=True)) for row in rows])


def cell(connection: duckdb.DuckDBPyConnection, kpi: str, day: str = DAY, **slices: str) -> dict[str, Any]:
    """One cell; `all` unless a dimension is given."""
    dim_type, dim_value = next(iter(slices.items()), ("all", "all"))
    return cells(connection, kpi)[day, dim_type, dim_value]


def attributed(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Decimal]:
    """What each asset bears of each line today, by line and link."""
    rows = connection.execute(
        "select line_id, coalesce(asset_key, unattributed_reason), share_amount_base from marts.fct_costs"
    ).fetchall()
    return {(line, key.split("|")[-1]): amount for line, key, amount in rows}


def test_a_credit_note_takes_back_what_it_credits(build: Build) -> None:
    """A reversed invoice must leave nothing behind, on the asset and in the pool."""
    ledger = lines(
        {"asset_id": "A", "amount": "120"},
        {"asset_id": "A", "amount": "-120", "reversal_of": "0"},
        {"amount": "7"},
    )
    connection = build([assets({"asset_id": "A", "purchase_cost": "100", "currency": "USD"}), ledger], DAY)
    assert cell(connection, "tco_per_asset")["numerator"] == 100
    assert attributed(connection)["2", "no_reference"] == 7
    assert cell(connection, "cost_per_asset")["numerator"] == 7


def test_a_line_without_a_rate_drops_out_and_is_counted(build: Build) -> None:
    """Adding 44 reais to dollars as if they were dollars is worse than leaving them out (trap 16)."""
    ledger = lines({"amount": "10", "cost_category": "software"}, {"amount": "44", "currency": "BRL"})
    connection = build([ledger, assets({"asset_id": "A"})], DAY)
    spend = cell(connection, "technology_spend")
    assert (spend["numerator"], spend["covered"], spend["population"]) == (10, 1, 2)
    assert attributed(connection)["1", "no_rate"] is None


def test_the_inverse_rate_serves_until_the_direct_one_starts(build: Build) -> None:
    """1 / 0.80 before a direct quote exists; from its first day on only direct quotes count."""
    quotes = rates(
        ("2026-05-01", "USD", "CHF", "spot", "0.80"),
        ("2026-06-05", "CHF", "USD", "spot", "1.10"),
        ("2026-06-08", "USD", "CHF", "spot", "0.50"),
    )
    ledger = lines(
        {"amount": "80", "currency": "CHF", "posted_date": "2026-06-04"},
        {"amount": "80", "currency": "chf", "posted_date": "2026-06-10"},
        {"amount": "80", "currency": "CHF", "posted_date": "2026-04-30"},
    )
    connection = build([quotes, ledger, assets({"asset_id": "A"})], DAY)
    shares = {line: amount for (line, _), amount in attributed(connection).items()}
    assert shares == {"0": 100, "1": 88, "2": None}


def test_no_cross_rates(build: Build) -> None:
    """JPY to EUR and EUR to USD do not make JPY to USD."""
    quotes = rates(("2026-01-01", "JPY", "EUR", "spot", "0.006"), ("2026-01-01", "EUR", "USD", "spot", "1.1"))
    connection = build([quotes, lines({"amount": "1000", "currency": "JPY"}), assets({"asset_id": "A"})], DAY)
    assert attributed(connection)["0", "no_rate"] is None


def test_a_million_converts_without_overflow(build: Build) -> None:
    """decimal(18, 4) times decimal(18, 8) has room for six digits only."""
    quotes = rates(("2026-01-01", "EUR", "USD", "spot", "1.12345678"))
    connection = build(
        [quotes, lines({"amount": "12345678901.2345", "currency": "EUR"}), assets({"asset_id": "A"})], DAY
    )
    exact = Decimal("12345678901.2345") * Decimal("1.12345678")
    assert cell(connection, "technology_spend")["numerator"] == exact


def test_a_contract_is_split_by_days_of_the_month(build: Build) -> None:
    """A joined mid-month, B left mid-month, C is ordered and D personal: 300 = 20 : 10 days."""
    register = assets(
        {"asset_id": "A", "contract_id": "K", "in_service_date": "2026-06-11"},
        {"asset_id": "B", "contract_id": "K", "retired_date": "2026-06-11", "status": "retired"},
        {"asset_id": "C", "contract_id": "K", "status": "ordered"},
        {"asset_id": "D", "contract_id": "K", "ownership": "byod"},
        {"asset_id": "E", "contract_id": "K", "in_service_date": "2026-07-01"},
    )
    connection = build(
        [register, lines({"amount": "300", "contract_id": "K"}, {"amount": "5", "contract_id": "X"})], DAY
    )
    assert attributed(connection) == {
        ("0", "A"): 200,
        ("0", "B"): 100,
        ("1", "contract_covers_no_active_asset"): 5,
    }


def test_shares_of_a_contract_add_up(build: Build) -> None:
    """100 over three assets is 100, not 99.99."""
    register = assets(*({"asset_id": name, "contract_id": "K"} for name in "ABC"))
    connection = build([register, lines({"amount": "100", "contract_id": "K"})], DAY)
    total = connection.execute("select sum(amount_base) from intermediate.int_money__contract_shares").fetchone()
    assert total is not None
    assert abs(total[0] - 100) < Decimal("0.00000001")


def test_a_retirement_to_come_does_not_shorten_the_month(build: Build) -> None:
    """On the 20th nobody knows whether the plan to retire on the 25th will hold."""
    register = assets(
        {"asset_id": "A", "contract_id": "K", "retired_date": "2026-06-25"},
        {"asset_id": "B", "contract_id": "K"},
        at="2026-06-15 02:00:00",
    )
    connection = build([register, lines({"amount": "54", "contract_id": "K"}, at="2026-06-15 02:00:00")], "2026-06-25")
    shares = connection.execute(
        "select asset_key, amount_base, cast(valid_from as varchar) from intermediate.int_money__contract_shares "
        "order by valid_from, asset_key"
    ).fetchall()
    assert [(key[-1], float(amount), day) for key, amount, day in shares] == [
        ("A", 27.0, "2026-06-15"),
        ("B", 27.0, "2026-06-15"),
        ("A", 24.0, "2026-06-25"),
        ("B", 30.0, "2026-06-25"),
    ]


def test_a_cost_waits_for_its_asset(build: Build) -> None:
    """The invoice came in May, the register showed the asset in June: until then the cost is nobody's."""
    early, later, late = "2026-05-25 02:00:00", "2026-06-04 02:00:00", "2026-06-15 02:00:00"
    ledger = lines({"amount": "50", "asset_id": "B", "posted_date": "2026-05-10"}, at=early)
    bought = {"purchase_cost": "100", "currency": "USD"}
    connection = build(
        [
            ledger,
            assets({"asset_id": "A", **bought}, at=early),
            assets({"asset_id": "A", **bought}, at=later),
            assets({"asset_id": "A", **bought}, {"asset_id": "B", **bought}, at=late),
            assets({"asset_id": "A", **bought}, {"asset_id": "B", **bought}),
        ],
        DAY,
    )
    assert cell(connection, "tco_per_asset", "2026-05-31")["numerator"] == 100
    assert cell(connection, "tco_per_asset", "2026-06-14")["numerator"] == 100
    assert cell(connection, "tco_per_asset", "2026-06-15")["numerator"] == 250


def test_costs_follow_an_asset_that_gets_its_serial(build: Build) -> None:
    """A serial typed in later changes the asset's key, not its cost."""
    named = {"asset_id": "A", "purchase_cost": "100", "currency": "USD", "manufacturer": "Dell"}
    connection = build(
        [
            assets(named, at="2026-06-12 02:00:00"),
            assets({**named, "serial_number": "5CG1234ABC"}, at="2026-06-20 02:00:00"),
            assets({**named, "serial_number": "5CG1234ABC"}),
            lines({"amount": "11", "asset_id": "A"}),
        ],
        DAY,
    )
    assert cell(connection, "tco_per_asset", "2026-06-19")["numerator"] == 111
    assert (cell(connection, "tco_per_asset")["numerator"], cell(connection, "tco_per_asset")["denominator"]) == (
        111,
        1,
    )


def test_an_id_of_two_registers_leads_nowhere(build: Build) -> None:
    """17 of one register and 17 of another: the ledger means one of them, nobody knows which."""
    connection = build(
        [
            assets({"asset_id": "17", "finance_asset_id": "F"}),
            assets({"asset_id": "17"}, source="snipe"),
            lines({"amount": "9", "asset_id": "17"}, {"amount": "8", "asset_id": "17", "finance_asset_id": "F"}),
        ],
        DAY,
    )
    rows = connection.execute(
        "select line_id, asset_key, link, unattributed_reason from marts.fct_costs order by line_id"
    ).fetchall()
    assert rows == [("0", None, None, "asset_id_unknown"), ("1", "id|cmdb|17", "finance_asset_id", None)]


def test_a_lease_has_no_purchase(build: Build) -> None:
    """The purchase cost of a leased asset is the lessor's; the payments are running cost."""
    leased = {"asset_id": "L", "ownership": "leased", "purchase_cost": "900", "currency": "USD"}
    connection = build([assets(leased), lines({"amount": "60", "asset_id": "L"})], DAY)
    assert cell(connection, "tco_per_asset")["numerator"] == 60
    assert cell(connection, "tco_normalized_per_asset")["numerator"] == Decimal(12)  # five months


@pytest.mark.parametrize(("day", "months"), [("2025-02-27", 11), ("2025-02-28", 12), ("2025-03-01", 12)])
def test_a_leap_day_purchase_has_its_birthday_in_february(build: Build, day: str, months: int) -> None:
    """In service on 29 February: a year old on the 28th (trap 22); over a life of one month: cost / age."""
    asset = {
        "asset_id": "A",
        "in_service_date": "2024-02-29",
        "purchase_cost": "1320",
        "currency": "USD",
        "useful_life_months": "1",
    }
    connection = build([assets(asset, at="2025-02-25 02:00:00"), lines(at="2025-02-25 02:00:00")], day)
    assert cell(connection, "tco_normalized_per_asset", day)["numerator"] == Decimal(1320) / months


def test_an_undated_purchase_converts_at_the_rate_of_the_day(build: Build) -> None:
    """Without any date the rate of D is the only one left; before the first rate there is no figure."""
    asset = {"asset_id": "A", "purchase_cost": "100", "currency": "EUR", "in_service_date": None}
    quotes = rates(("2026-06-10", "EUR", "USD", "spot", "1.1"), ("2026-06-20", "EUR", "USD", "spot", "1.2"))
    connection = build([assets(asset, at="2026-06-01 02:00:00"), assets(asset, at="2026-06-10 03:00:00"),
                        assets(asset, at="2026-06-20 02:00:00"), assets(asset), quotes, lines()], DAY)  # fmt: skip
    numbers = [
        cell(connection, "tco_per_asset", f"2026-06-{day}")["numerator"] for day in ("09", "10", "19", "20", "30")
    ]
    assert numbers == [0, 110, 110, 120, 120]
    assert cell(connection, "tco_per_asset", "2026-06-09")["population"] == 1


def test_labour_of_an_incident_is_shared_and_booked_once(build: Build) -> None:
    """90 minutes at 60 an hour over two assets are 45 each; the line that books the work replaces them when posted."""
    incident = {
        "incident_id": "I",
        "record_type": "incident",
        "opened_at": "2026-06-02 08:00:00",
        "status": "Closed",
        "labor_minutes": "90",
    }
    desk = Delivery(
        "desk",
        "incident",
        "2026-06-15 02:00:00",
        [{**incident, "ci_id": ci} for ci in ("CI-A", "CI-B", "CI-A2", "CI-X")],
    )
    register = assets(
        {"asset_id": "A", "ci_id": "CI-A"}, {"asset_id": "B", "ci_id": "CI-B", "asset_class": "Virtual Machine"},
        at="2026-06-15 02:00:00",
    )  # fmt: skip
    booked = lines({"amount": "70", "cost_category": "labor", "incident_id": "I", "posted_date": "2026-06-20"})
    connection = build([desk, register, booked], "2026-06-20")
    rows = connection.execute(
        "select asset_key, amount_base, cast(valid_from as varchar), cast(valid_to as varchar) "
        "from intermediate.int_money__incident_labor order by 1"
    ).fetchall()
    assert rows == [
        ("id|cmdb|A", 45, "2026-06-15", "2026-06-20"),
        ("id|cmdb|B", 45, "2026-06-15", "2026-06-20"),
    ]


def test_asset_days_of_a_short_and_a_gone_asset(build: Build) -> None:
    """Days come from dates: A 10 days, B until the delivery without it (19 days), C without a date not at all."""
    a = {"asset_id": "A", "in_service_date": "2026-06-21"}
    b = {"asset_id": "B", "in_service_date": "2026-06-01"}
    c = {"asset_id": "C", "in_service_date": None}
    connection = build(
        [assets(a, b, c, at="2026-06-10 02:00:00"), assets(a, c, at="2026-06-20 02:00:00"), assets(a, c), lines()], DAY
    )
    value = cell(connection, "cost_per_asset")
    assert abs(value["denominator"] - Decimal(29) / 365) < Decimal("1e-11")
    assert (value["covered"], value["population"]) == (2, 3)


def test_a_budget_of_zero_keeps_the_amount(build: Build) -> None:
    """Overspend against nothing has no percentage, but it has an amount (trap 15); negative budgets count by size."""
    budget = {
        "version": "v1",
        "version_type": "original",
        "approved_at": "2025-12-01",
        "fiscal_period": "2026-06",
        "cost_category": "support",
        "currency": "USD",
    }
    plan = Delivery(
        "plan",
        "budget_line",
        AT,
        [
            {**budget, "budget_id": "Z", "cost_center": "Z", "amount": "0"},
            {**budget, "budget_id": "N", "cost_center": "N", "amount": "-40"},
            {**budget, "budget_id": "R", "cost_center": "R", "amount": "10"},
            {**budget, "budget_id": "R", "cost_center": "R", "amount": "20", "version": "v9"},
            {**budget, "budget_id": "R", "cost_center": "R", "amount": "30", "version": "v10"},
            {**budget, "budget_id": "L", "cost_center": "L", "amount": "99", "approved_at": "2026-06-02"},
        ],
    )
    ledger = lines({"amount": "5", "cost_center": "Z"}, {"amount": "6", "cost_center": "N"}, {"amount": "7"},
                   {"amount": "8", "cost_center": "L"})  # fmt: skip
    connection = build([plan, ledger], DAY)
    found = {
        key[2]: (value["numerator"], value["denominator"])
        for key, value in cells(connection, "budget_variance").items()
        if key[0] == DAY
    }
    assert found == {
        "all": (5 + 6 + 7 + 8 - (0 - 40 + 30), 10),
        "Z": (5, 0),
        "N": (46, 40),
        "R": (-30, 30),
        "(unassigned)": (7, 0),
        "(unbudgeted)": (8, 0),
    }


@pytest.mark.parametrize(
    ("tags", "is_tied"),
    [
        ('{"cost_center": "CC1"}', True),
        ('{"aws:user/Cost-Centre": "CC1"}', True),
        ('{"env": "prod", "com.example.COST CENTER": 4711}', True),
        ('{\n  "costcenter" :\n "ü"\n}', True),
        ('{"cost_center": ""}', False),
        ('{"cost_center": "  "}', False),
        ('{"cost_center": null}', False),
        ('{"cost_center_owner": "me"}', False),
        ('{"note": "costcenter: x", "my/team": "costcenter"}', False),
        ('{"cost/center": "CC1"}', False),
        ('{"note": "say \\"cost_center\\": \\"x\\""}', False),
        (None, False),
    ],
)
def test_a_tag_ties_a_cost(build: Build, tags: str | None, is_tied: bool) -> None:
    """Cost centre tags are spelt in every way; a tag that only mentions one is none."""
    connection = build([Delivery("aws", "cloud_cost", AT, [{**BILL, "Tags": tags}])], DAY)
    value = cell(connection, "cloud_allocation_rate")
    assert (value["numerator"], value["denominator"]) == (int(is_tied), 1)


def test_the_window_of_twelve_months_ends_on_the_day(build: Build) -> None:
    """(D - 12 months, D]: the same day a year ago is out, the next one in, tomorrow not yet."""
    days = ("2025-06-30", "2025-07-01", "2026-06-30", "2026-07-01")
    ledger = lines(*({"amount": str(10**n), "posted_date": day} for n, day in enumerate(days)))
    connection = build([ledger, assets({"asset_id": "A"})], DAY)
    assert cell(connection, "technology_spend")["numerator"] == 110

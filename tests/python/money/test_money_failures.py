"""Who must act, on what, and what is at stake beside the money KPIs: a few rows each and the arithmetic beside them."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import duckdb
import pytest

from tests.python.money.money_warehouse import Delivery, Row, cells, run_models
from tests.python.money.test_money_cases import ASSET, AT, BILL, DAY, assets, lines, rates

Build = Callable[[Sequence[Delivery], str], duckdb.DuckDBPyConnection]
Failure = tuple[str, str]

IN_FORCE = "valid_from <= cast(? as date) and valid_to > cast(? as date)"


def failures(connection: duckdb.DuckDBPyConnection, kpi: str, day: str = DAY) -> dict[Failure, Decimal]:
    """Quantity by entity (the end of its key) and reason, and the promise that a member fails once a day."""
    rows = connection.execute(
        "select entity_id, reason_code, quantity from intermediate.int_exceptions__money"
        f" where kpi_id = ? and {IN_FORCE}",
        [kpi, day, day],
    ).fetchall()
    assert len({entity for entity, _, _ in rows}) == len(rows)
    return {(entity.split("|")[-1], reason): quantity for entity, reason, quantity in rows}


def at_stake(connection: duckdb.DuckDBPyConnection, kpi: str, day: str = DAY) -> dict[tuple[str, str], Decimal]:
    """Amount by entity and kind."""
    rows = connection.execute(
        f"select entity_id, kind, amount, currency from intermediate.int_impact__money where kpi_id = ? and {IN_FORCE}",
        [kpi, day, day],
    ).fetchall()
    assert {currency for *_, currency in rows} <= {"USD"}
    found = {(entity.split("|")[-1], kind): amount for entity, kind, amount, _ in rows}
    assert len(found) == len(rows)
    return found


def companions(
    connection: duckdb.DuckDBPyConnection, kpi: str, day: str = DAY, dim_value: str = "all"
) -> dict[str, float]:
    """Value by name."""
    rows = connection.execute(
        "select name, value from intermediate.int_companions__money"
        " where kpi_id = ? and as_of_date = cast(? as date) and dim_value = ?",
        [kpi, day, dim_value],
    ).fetchall()
    return dict(rows)


def budgets(*rows: Row, since: int = 1) -> list[Delivery]:
    """Budget lines of a cost centre, one version, a category and dollars, delivered on the first of each month."""
    common = {
        "budget_id": "B",
        "version": "v1",
        "version_type": "original",
        "approved_at": "2025-12-15",
        "cost_center": "CC1",
        "cost_category": "support",
        "currency": "USD",
    }
    plan = [{**common, **row} for row in rows]
    return [Delivery("erp", "budget_line", f"2026-{month:02}-01 02:00:00", plan) for month in range(since, 8)]


def year(amount: str, **columns: str) -> list[Row]:
    """The same budget in each of the twelve periods of 2026."""
    return [{"fiscal_period": f"2026-{month:02}", "amount": amount, **columns} for month in range(1, 13)]


def months(*amounts: str, cost_center: str = "CC1") -> list[Row]:
    """Actual lines on the tenth of January, February and so on."""
    return [
        {
            "amount": amount,
            "cost_center": cost_center,
            "posted_date": f"2026-{month:02}-10",
            "fiscal_period": f"2026-{month:02}",
        }
        for month, amount in enumerate(amounts, start=1)
    ]


def bills(*rows: Row) -> Delivery:
    """A cloud bill; its rows cost 1 unless they say otherwise."""
    return Delivery("aws", "cloud_cost", AT, [{**BILL, **row} for row in rows])


def test_an_asset_without_a_price_is_somebodys_job(build: Build) -> None:
    """A is free of cost, B has no currency rate, C is leased and D has a price: A and B make TCO a guess."""
    register = assets(
        {"asset_id": "A"},
        {"asset_id": "B", "purchase_cost": "900", "currency": "BRL"},
        {"asset_id": "C", "ownership": "leased"},
        {"asset_id": "D", "purchase_cost": "900", "currency": "USD"},
        {"asset_id": "E", "purchase_cost": "900", "currency": "USD", "in_service_date": None},
    )
    connection = build([register, lines({"amount": "1"})], DAY)
    unknown = {("A", "acquisition_cost_unknown"): 1, ("B", "acquisition_cost_unknown"): 1}
    assert failures(connection, "tco_per_asset") == unknown
    assert failures(connection, "tco_per_asset_guide") == unknown
    assert failures(connection, "tco_normalized_per_asset") == {**unknown, ("E", "start_date_unknown"): 1}
    assert failures(connection, "cost_per_asset") == {("E", "start_date_unknown"): 1}
    assert companions(connection, "tco_per_asset")["acquisition_unknown_count"] == 2


def test_ledger_and_register_may_differ_by_one_percent(build: Build) -> None:
    """1 % is rounding, 2 % is two prices for one thing; the ledger counts in both cases."""
    register = assets(*({"asset_id": name, "purchase_cost": "100", "currency": "USD"} for name in "ABC"))
    acquisition = {"cost_category": "acquisition", "is_capex": "true"}
    ledger = lines(
        {"asset_id": "A", "amount": "101", **acquisition},
        {"asset_id": "B", "amount": "102", **acquisition},
        {"asset_id": "C", "amount": "98", **acquisition},
        {"asset_id": "C", "amount": "1", "cost_category": "acquisition", "posted_date": "2026-07-01"},
    )
    connection = build([register, ledger], DAY)
    assert failures(connection, "tco_per_asset") == {
        ("B", "acquisition_cost_mismatch"): 1,
        ("C", "acquisition_cost_mismatch"): 1,
    }
    assert companions(connection, "tco_per_asset")["acquisition_mismatch_count"] == 2
    assert cells(connection, "tco_per_asset")[DAY, "all", "all"]["numerator"] == 301


def test_cost_posted_after_the_asset_had_gone_comes_back(build: Build) -> None:
    """50 after its disposal less a credit of 20; what was posted on its last day is its own cost."""
    register = assets(
        {
            "asset_id": "A",
            "status": "disposed",
            "disposed_date": "2026-03-10",
            "purchase_cost": "100",
            "currency": "USD",
        },
        at="2026-03-15 02:00:00",
    )
    ledger = lines(
        {"asset_id": "A", "amount": "7", "posted_date": "2026-03-10"},
        {"asset_id": "A", "amount": "50", "posted_date": "2026-04-05", "cost_category": "maintenance"},
        {"asset_id": "A", "amount": "-20", "posted_date": "2026-05-10", "cost_category": "maintenance"},
        {"asset_id": "A", "amount": "9", "posted_date": "2026-05-10", "cost_category": "disposal"},
    )
    connection = build([register, ledger, assets({"asset_id": "Z"}, source="other")], DAY)
    by_day = {
        day: at_stake(connection, "lifecycle_tco_per_asset", day) for day in ("2026-04-04", "2026-04-30", "2026-06-30")
    }
    assert by_day == {
        "2026-04-04": {},
        "2026-04-30": {("A", "recoverable_now"): 50},
        "2026-06-30": {("A", "recoverable_now"): 30},
    }
    assert failures(connection, "lifecycle_tco_per_asset") == {("A", "cost_after_disposal"): 1}
    assert failures(connection, "lifecycle_tco_per_asset", "2026-04-04") == {}


def test_a_line_that_names_nothing_known_is_listed_and_pooled(build: Build) -> None:
    """A wrong id can be mended; a line that never named an asset is the pool, and nobody's error."""
    ledger = lines(
        {"asset_id": "gone", "amount": "1"},
        {"finance_asset_id": "F9", "amount": "2"},
        {"contract_id": "K9", "amount": "4"},
        {"amount": "8"},
        {"asset_id": "A", "amount": "16"},
        {"asset_id": "gone", "amount": "32", "posted_date": "2025-06-30"},
    )
    connection = build([assets({"asset_id": "A", "purchase_cost": "1", "currency": "USD"}), ledger], DAY)
    assert failures(connection, "tco_per_asset") == {
        ("0", "asset_id_unknown"): 1,
        ("1", "finance_asset_id_unknown"): 1,
        ("2", "contract_covers_no_active_asset"): 1,
    }
    beside = companions(connection, "tco_per_asset")
    assert (beside["unattributed_amount"], beside["unattributed_line_count"]) == (47, 5)


def test_a_line_without_a_rate_is_listed_where_it_is_missing(build: Build) -> None:
    """Each sum lacks it for its own reasons: capital spend is in no running cost, software in no asset."""
    reais = {"currency": "BRL", "amount": "5", "cost_center": "CC1"}
    ledger = lines(
        reais,
        {**reais, "is_capex": "true", "cost_category": "acquisition"},
        {**reais, "cost_category": "software"},
        {**reais, "cost_category": "cloud"},
        {**reais, "is_commitment": "true"},
        {"amount": "5", "fiscal_period": "June"},
    )
    connection = build([ledger, assets({"asset_id": "A", "ownership": "leased"})], DAY)
    missing = "no_exchange_rate"
    assert failures(connection, "cost_per_asset") == {("0", missing): 1, ("2", missing): 1}
    assert failures(connection, "tco_per_asset") == {("0", missing): 1, ("1", missing): 1}
    assert failures(connection, "technology_spend") == {(n, missing): 1 for n in "0123"}
    assert failures(connection, "budget_variance") == {
        **{(n, missing): 0 for n in "0123"},
        ("5", "fiscal_period_unreadable"): 0,
    }


def test_a_ledger_line_of_the_cloud_is_not_missed_where_bills_stand_for_it(build: Build) -> None:
    """The bill has the money already."""
    ledger = lines({"currency": "BRL", "amount": "5", "cost_category": "cloud"})
    connection = build([ledger, bills({"SubAccountId": "s"}), assets({"asset_id": "A"})], DAY)
    assert failures(connection, "technology_spend") == {}


@pytest.mark.parametrize(
    ("spent", "reason"),
    [
        ("105", None),
        ("105.01", "overspend"),
        ("95", None),
        ("94.99", "underspend"),
    ],
)
def test_the_band_belongs_to_the_budget(build: Build, spent: str, reason: str | None) -> None:
    """Five percent either way is within the target, to the cent."""
    plan = budgets({"fiscal_period": "2026-06", "amount": "100"}, {"fiscal_period": "2026-07", "amount": "999"})
    connection = build([*plan, lines({"amount": spent, "cost_center": "CC1"}), assets({"asset_id": "A"})], DAY)
    expected = {} if reason is None else {("CC1", reason): Decimal(spent) - 100}
    assert failures(connection, "budget_variance") == expected


def test_three_closed_periods_above_the_band_are_a_habit(build: Build) -> None:
    """March, April and May over by 6 % each; June is not closed on its last day, but on the first of July it is."""
    ledger = lines(*months("100", "100", "106", "106", "106", "100"))
    connection = build([*budgets(*year("100")), ledger, assets({"asset_id": "A"})], "2026-07-31")
    by_day = {day: failures(connection, "budget_variance", day) for day in ("2026-05-31", "2026-06-30", "2026-07-01")}
    assert by_day == {
        "2026-05-31": {},
        "2026-06-30": {("CC1", "persistent_overspend"): 18},
        "2026-07-01": {("CC1", "underspend"): -82},
    }
    assert companions(connection, "budget_variance", "2026-06-30")["persistent_overspend_count"] == 1
    assert at_stake(connection, "budget_variance", "2026-06-30") == {("CC1", "not_cash"): 18}
    assert at_stake(connection, "budget_variance", "2026-07-01") == {}


def test_a_budget_of_the_whole_year_is_judged_by_its_days(build: Build) -> None:
    """365 for 2026 is 31 for March, 30 for April, 31 for May: 32.55 is 5 % more than 31, 32.56 is more than that."""
    budget = budgets({"fiscal_period": "2026", "amount": "365"})
    connection = build(
        [*budget, lines(*months("100", "0", "32.56", "31.51", "32.56", "0")), assets({"asset_id": "A"})], DAY
    )
    assert failures(connection, "budget_variance") == {("CC1", "persistent_overspend"): Decimal("15.63")}
    connection = build(
        [*budget, lines(*months("100", "0", "32.55", "31.51", "32.56", "0")), assets({"asset_id": "A"})], DAY
    )
    assert failures(connection, "budget_variance") == {("CC1", "overspend"): Decimal("15.62")}


def test_money_without_a_budget_and_a_budget_without_money(build: Build) -> None:
    """Both are somebody's to explain; together with the others they are the whole variance."""
    plan = budgets(*year("10"), *year("20", budget_id="C", cost_center="CC2"))
    ledger = lines(
        *months("10", "10", "10", "10", "10", "30"),
        {"amount": "5", "cost_center": "CC9"},
        {"amount": "3"},
        {"amount": "99", "cost_center": "CC1", "is_commitment": "true", "fiscal_period": "2026-09"},
    )
    connection = build([*plan, ledger, assets({"asset_id": "A"})], DAY)
    found = failures(connection, "budget_variance")
    assert found == {
        ("CC1", "overspend"): 20,
        ("CC2", "budget_without_spend"): -120,
        ("(unbudgeted)", "spend_without_budget"): 5,
        ("(unassigned)", "spend_without_budget"): 3,
    }
    assert sum(found.values()) == cells(connection, "budget_variance")[DAY, "all", "all"]["numerator"]
    assert at_stake(connection, "budget_variance") == {
        ("CC1", "not_cash"): 20,
        ("(unbudgeted)", "not_cash"): 5,
        ("(unassigned)", "not_cash"): 3,
    }
    beside = companions(connection, "budget_variance")
    assert beside["commitment_amount"] == 99
    assert beside["spend_without_budget_amount"] == 8
    assert beside["budget_without_spend_amount"] == 120


def test_the_exchange_rate_has_a_bar_of_its_own(build: Build) -> None:
    """100 EUR, planned at 1.00 and paid at 1.10, on a budget of 90: 10 by the rate, 10 by volume and price."""
    quotes = rates(("2025-12-01", "EUR", "USD", "budget", "1.00"), ("2026-01-02", "EUR", "USD", "spot", "1.10"))
    ledger = lines({"amount": "100", "currency": "EUR", "cost_center": "CC1"})
    connection = build(
        [quotes, *budgets({"fiscal_period": "2026-06", "amount": "90"}), ledger, assets({"asset_id": "A"})], DAY
    )
    beside = companions(connection, "budget_variance")
    assert (beside["actual_amount"], beside["budget_amount"]) == (110, 90)
    assert (beside["fx_effect_amount"], beside["volume_price_effect_amount"]) == (10, 10)
    assert companions(connection, "budget_variance", dim_value="CC1")["fx_effect_amount"] == 10


def test_a_forecast_is_expected_but_no_budget(build: Build) -> None:
    """The forecast of May raises June to 130; the budget stays 100, and so does what is over it."""
    plan = budgets(
        {"fiscal_period": "2026-06", "amount": "100"},
        {
            "fiscal_period": "2026-06",
            "amount": "130",
            "version": "f1",
            "version_type": "forecast",
            "approved_at": "2026-05-20",
        },
        since=5,
    )
    connection = build(
        [*plan, lines({"amount": "120", "cost_center": "CC1"}), assets({"asset_id": "A"})],
        DAY,
    )
    beside = companions(connection, "budget_variance")
    assert (beside["budget_amount"], beside["forecast_amount"], beside["forecast_variance_amount"]) == (100, 130, -10)
    assert failures(connection, "budget_variance") == {("CC1", "overspend"): 20}


def test_running_cost_above_last_years_is_at_stake(build: Build) -> None:
    """One asset: 100 in the year to June 2025, 160 in the year to June 2026. 60 more for an estate of one."""
    register = assets(
        {"asset_id": "A", "in_service_date": "2024-01-01", "ownership": "leased"}, at="2025-06-01 02:00:00"
    )
    ledger = lines(
        {"amount": "100", "posted_date": "2025-03-01"},
        {"amount": "150", "posted_date": "2026-03-01"},
        {"amount": "10", "posted_date": "2026-03-01", "cost_category": "depreciation"},
        {"amount": "500", "posted_date": "2026-03-01", "is_capex": "true", "cost_category": "acquisition"},
        {"amount": "70", "posted_date": "2026-03-01", "cost_category": "saas"},
    )
    connection = build([register, assets({"asset_id": "A", "in_service_date": "2024-01-01"}), ledger], DAY)
    assert at_stake(connection, "cost_per_asset") == {("all", "not_cash"): 60}
    beside = companions(connection, "cost_per_asset")
    assert beside == {
        "opex_amount": 150,
        "depreciation_amount": 10,
        "capex_amount": 500,
        "cash_cost_per_asset": 650,
    }


def test_a_benchmark_is_what_the_organisation_says(build: Build, money_models: list[tuple[str, str, str]]) -> None:
    """960 over 48 months is 20 a month, 5 above the benchmark, for 43 more months; unsaid, nothing is dear."""
    register = assets(
        {"asset_id": "A", "purchase_cost": "960", "currency": "USD"},
        {"asset_id": "B", "purchase_cost": "720", "currency": "USD"},
    )
    connection = build([register, lines({"amount": "1"})], DAY)
    assert at_stake(connection, "tco_normalized_per_asset") == {}
    connection.execute(
        "insert into raw.policy_kpi_targets (kpi_id, slice, direction, target, unit, source, position) values"
        " ('tco_normalized_per_asset', 'asset_class=laptop', 'down', '15', 'currency', 'ours', 1)"
    )
    run_models(connection, money_models)
    assert failures(connection, "tco_normalized_per_asset") == {("A", "above_benchmark"): 1}
    assert at_stake(connection, "tco_normalized_per_asset") == {("A", "not_cash"): 215}


def test_cohorts_are_compared_at_the_same_age(build: Build) -> None:
    """Laptops of 2024 had cost 100 each in June 2025; those of 2025 cost 130 in June 2026: 2 x 30 more."""
    old = {"asset_id": "O", "in_service_date": "2024-05-01", "purchase_cost": "100", "currency": "USD"}
    new = [
        {"asset_id": name, "in_service_date": "2025-05-01", "purchase_cost": "130", "currency": "USD"} for name in "AB"
    ]
    ledger = lines({"asset_id": "O", "amount": "900", "posted_date": "2026-01-01"})
    connection = build([assets(old, at="2025-06-29 02:00:00"), assets(old, *new), ledger], DAY)
    assert at_stake(connection, "lifecycle_tco_per_asset") == {("laptop", "not_cash"): 60}
    beside = companions(connection, "lifecycle_tco_per_asset", dim_value="laptop")
    assert beside == {"cohort_count": 2, "cohort_tco_amount": 130, "previous_cohort_tco_amount": 100}


def test_cloud_cost_without_an_owner_adds_up_on_every_day(build: Build) -> None:
    """10 tagged; 7 nobody's; 5 an asset's until it is retired on the 20th; a credit of -2 in another account."""
    device = {
        "device_id": "d",
        "cloud_resource_id": "i-1",
        "hostname": "box",
        "last_seen_at": "2026-06-10 00:00:00",
        "first_seen_at": "2026-06-01 00:00:00",
        "serial_number": "ABCD1234",
        "manufacturer": "Dell",
    }
    owner = {"asset_id": "A", "serial_number": "ABCD1234", "manufacturer": "Dell", "cost_center": "CC1"}
    deliveries = [
        assets(owner, at="2026-06-10 02:00:00"),
        assets({**owner, "cost_center": None}, at="2026-06-20 02:00:00"),
        Delivery("mdm", "device_discovery", "2026-06-10 02:00:00", [device]),
        Delivery("mdm", "device_discovery", "2026-06-20 02:00:00", [device]),
        bills(
            {"SubAccountId": "s1", "EffectiveCost": "10", "Tags": '{"cost_center":"CC7"}'},
            {"SubAccountId": "s1", "EffectiveCost": "7"},
            {"SubAccountId": "s1", "EffectiveCost": "5", "ResourceId": "i-1", "ServiceCategory": "Compute"},
            {"SubAccountId": "s2", "EffectiveCost": "-2"},
            {
                "SubAccountId": "s3",
                "EffectiveCost": "4",
                "CommitmentDiscountId": "c",
                "CommitmentDiscountStatus": "Used",
            },
            {
                "SubAccountId": "s3",
                "EffectiveCost": "3",
                "CommitmentDiscountId": "c",
                "CommitmentDiscountStatus": "Unused",
            },
        ),
    ]
    connection = build(deliveries, "2026-06-25")
    reason = "cloud_cost_unallocated"
    assert failures(connection, "cloud_allocation_rate", "2026-06-19") == {
        ("s1", reason): 7,
        ("s2", reason): -2,
        ("s3", reason): 7,
    }
    assert failures(connection, "cloud_allocation_rate", "2026-06-25")["s1", reason] == 12
    for (day, _, _), cell in cells(connection, "cloud_allocation_rate").items():
        gap = sum(failures(connection, "cloud_allocation_rate", day).values())
        assert gap == cell["denominator"] - cell["numerator"]
    for (day, _, _), cell in cells(connection, "cloud_commitment_waste_pct").items():
        assert sum(failures(connection, "cloud_commitment_waste_pct", day).values()) == cell["numerator"]
    assert at_stake(connection, "cloud_allocation_rate", "2026-06-25") == {
        ("s1", "not_cash"): 12,
        ("s3", "not_cash"): 7,
    }
    assert at_stake(connection, "cloud_commitment_waste_pct", "2026-06-25") == {("c", "not_cash"): 3}
    beside = companions(connection, "cloud_allocation_rate", "2026-06-25")
    assert (beside["tag_amount"], beside["resource_amount"], beside["unallocated_amount"]) == (10, 0, 17)
    assert companions(connection, "cloud_commitment_waste_pct", "2026-06-25")["on_demand_share"] == pytest.approx(
        20 / 27
    )


def test_vendors_share_out_all_of_technology_spend(build: Build) -> None:
    """Dell written twice is one vendor; what names nobody is shown; the year before stands beside."""
    contract = {
        "contract_id": "K",
        "contract_type": "maintenance",
        "supplier": "dell",
        "status": "active",
        "annual_value": "120",
        "currency": "EUR",
        "start_date": "2026-01-01",
        "end_date": "2026-12-31",
    }
    ledger = lines(
        {"amount": "30", "supplier": "Dell"},
        {"amount": "12", "supplier": " DELL", "cost_category": "software"},
        {"amount": "5"},
        {"amount": "8", "supplier": "Dell", "posted_date": "2025-06-30"},
        {"amount": "9", "supplier": "Dell", "cost_category": "other"},
    )
    quotes = rates(("2026-01-02", "EUR", "USD", "spot", "1.50"))
    connection = build(
        [
            ledger,
            quotes,
            bills({"BilledCost": "3", "EffectiveCost": "1"}),
            Delivery("clm", "contract", AT, [contract]),
            Delivery("cmdb", "hardware_asset", AT, [{**ASSET, "asset_id": "A"}]),
        ],
        DAY,
    )
    rows = connection.execute(
        "select vendor_key, hardware_amount, software_amount, cloud_amount, spend_amount, previous_spend_amount,"
        " active_contract_count, annual_contract_amount, cast(next_end_date as varchar) from marts.mart_vendor_spend"
    ).fetchall()
    assert sorted(rows) == [
        ("(unassigned)", 5, 0, 0, 5, 0, 0, None, None),
        ("aws", 0, 0, 3, 3, 0, 0, None, None),
        ("dell", 30, 12, 0, 42, 8, 1, 180, "2026-12-31"),
    ]
    assert sum(row[4] for row in rows) == cells(connection, "technology_spend")[DAY, "all", "all"]["numerator"]
    assert companions(connection, "technology_spend") == {
        "hardware_amount": 35,
        "software_amount": 12,
        "saas_amount": 0,
        "cloud_amount": 3,
    }

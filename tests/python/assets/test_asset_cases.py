"""What fails the asset and patch KPIs, what it costs and the numbers beside them, a few rows at a time.

Here: hand-made cases. Not here: that exceptions add up on any organisation (test_asset_gaps).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from tests.python.money.money_warehouse import Delivery, Row

Build = Callable[..., duckdb.DuckDBPyConnection]

DAY = "2026-06-30"
AT = f"{DAY} 02:00:00"
SEEN = "2026-06-29 08:00:00"
ASSET = {
    "asset_class": "Laptop",
    "status": "deployed",
    "manufacturer": "Dell",
    "in_service_date": "2026-01-01",
    "currency": "USD",
}
DEVICE = {
    "manufacturer": "Dell",
    "device_class": "laptop",
    "first_seen_at": "2026-01-01 08:00:00",
    "last_seen_at": SEEN,
}
BOOK = {"book": "local", "capitalized_date": "2026-01-01", "currency": "EUR"}
PATCH = {"severity": "critical", "released_at": "2026-06-01 00:00:00"}
EURO = Delivery(
    "ecb",
    "fx_rate",
    AT,
    [
        {"rate_date": day, "from_currency": "EUR", "to_currency": "USD", "rate_type": "spot", "rate": rate}
        for day, rate in (("2025-01-01", "1.5"), ("2026-06-01", "1.25"))
    ],
)


def assets(*rows: Row, at: str = AT) -> Delivery:
    """A register; a row is a deployed Dell laptop of this year with a serial of its own unless it says otherwise."""
    full = [{**ASSET, "serial_number": f"SERIAL{row['asset_id']}", **row} for row in rows]
    return Delivery("cmdb", "hardware_asset", at, full)


def devices(*rows: Row, source: str = "mdm") -> Delivery:
    """A discovery; `device_id` A is the asset A by its serial, seen the day before, unless it says otherwise."""
    full = [{**DEVICE, "serial_number": f"SERIAL{row['device_id']}", **row} for row in rows]
    return Delivery(source, "device_discovery", AT, full)


def lines(*rows: Row) -> Delivery:
    """Support lines of June, numbered."""
    fixed = {"posted_date": "2026-06-10", "fiscal_period": "2026-06", "currency": "USD", "cost_category": "support"}
    return Delivery("erp", "cost_line", AT, [{**fixed, "line_id": str(n), **row} for n, row in enumerate(rows)])


def books(*rows: Row) -> Delivery:
    """Fixed assets of the local book in euros."""
    return Delivery("erp", "fixed_asset", AT, [{**BOOK, **row} for row in rows])


def patches(*rows: Row) -> Delivery:
    """A catalogue; critical patches of 1 June unless they say otherwise."""
    return Delivery("wsus", "patch_catalog", AT, [{**PATCH, **row} for row in rows])


def states(*rows: Row) -> Delivery:
    """What the agent of the devices reports."""
    fixed = {"checked_at": SEEN, "first_applicable_at": "2026-06-01 00:00:00"}
    return Delivery("mdm", "patch_status", AT, [{**fixed, **row} for row in rows])


def short(entity: str) -> str:
    """What the rows above call it."""
    return entity.split("|", 2)[-1].replace("SERIAL", "")


def failing(connection: duckdb.DuckDBPyConnection, kpi: str, day: str = DAY) -> dict[str, str]:
    """Reason by member."""
    area = "patches" if "patch" in kpi else "assets"
    found = connection.execute(
        f"select entity_id, reason_code from intermediate.int_exceptions__{area} where kpi_id = ?"
        " and valid_from <= ? and valid_to > ?",
        [kpi, day, day],
    ).fetchall()
    return {short(entity): reason for entity, reason in found}


def money(connection: duckdb.DuckDBPyConnection, kpi: str, day: str = DAY) -> dict[str, tuple[float, str]]:
    """Amount and currency by member."""
    area = "patches" if "patch" in kpi else "assets"
    found = connection.execute(
        f"select entity_id, kind, cast(amount as double), currency from intermediate.int_impact__{area}"
        " where kpi_id = ? and valid_from <= ? and valid_to > ?",
        [kpi, day, day],
    ).fetchall()
    assert {kind for _, kind, _, _ in found} <= {"not_cash"}
    return {short(entity): (amount, currency) for entity, _, amount, currency in found}


def beside(connection: duckdb.DuckDBPyConnection, kpi: str, name: str, **slices: str) -> float | None:
    """A companion on the day; nothing when there is no such row."""
    area = "patches" if "patch" in kpi else "assets"
    dim_type, dim_value = next(iter(slices.items()), ("all", "all"))
    found = connection.execute(
        f"select value from intermediate.int_companions__{area}"
        " where kpi_id = ? and name = ? and as_of_date = ? and dim_type = ? and dim_value = ?",
        [kpi, name, DAY, dim_type, dim_value],
    ).fetchall()
    return float(found[0][0]) if found else None


def table(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query, sorted."""
    return sorted(connection.execute(query).fetchall(), key=str)


def used(asset: str, on: str | None, seen: str = SEEN) -> Row:
    """A device on which somebody last worked on a day."""
    return {"device_id": asset, "last_seen_at": seen, "last_user_activity_at": on and f"{on} 08:00:00"}


def test_idle_assets_save_what_is_about_to_be_bought(build: Build) -> None:
    """Taking two laptops back saves one purchase when only one is planned: 1,400 / 2 each, and their running cost."""
    connection = build(
        [
            assets(
                {"asset_id": "A"},  # five months old: 50 of support is 10 a month
                {"asset_id": "B"},
                {"asset_id": "C"},
                {"asset_id": "N", "status": "ordered", "in_service_date": None},
            ),
            devices(used("A", "2026-05-01"), used("B", "2026-05-01", seen="2026-05-02 08:00:00"), used("C", DAY)),
            lines({"asset_id": "A", "amount": "50"}),
        ],
        DAY,
    )
    kpi = "asset_utilization_rate"
    assert failing(connection, kpi) == {"A": "no_user_activity", "B": "not_seen_lately"}
    # A was acquired at no known cost, so that its running cost cannot be told from it
    assert money(connection, kpi) == {"A": (700, "USD"), "B": (700, "USD")}
    assert beside(connection, kpi, "used_rate") == pytest.approx(1 / 3)
    assert beside(connection, kpi, "seen_rate") == pytest.approx(2 / 3)
    assert beside(connection, kpi, "is_measured_by_use") == 1
    assert beside(connection, kpi, "idle_count", asset_class="laptop") == 2


def test_an_idle_asset_costs_its_upkeep(build: Build) -> None:
    """No purchase is planned: what is left is a month of support, 50 in the five months since January."""
    connection = build(
        [
            assets({"asset_id": "A", "purchase_cost": "1000"}, {"asset_id": "B", "purchase_cost": "1000"}),
            devices(used("A", "2026-05-01"), used("B", "2026-05-01")),
            lines({"asset_id": "A", "amount": "50"}),
        ],
        DAY,
    )
    assert money(connection, "asset_utilization_rate") == {"A": (10, "USD")}


def test_use_that_nobody_reports_is_measured_by_sightings(build: Build) -> None:
    """An agent that cannot see users must not turn the whole fleet idle."""
    connection = build(
        [
            assets({"asset_id": "A"}, {"asset_id": "B"}, {"asset_id": "C"}, {"asset_id": "S", "asset_class": "server"}),
            devices(
                used("A", None),
                used("B", None, seen="2026-05-02 08:00:00"),
                {"device_id": "S", "device_class": "server", "cpu_p95_30d": "2.5"},
            ),
        ],
        DAY,
    )
    kpi = "asset_utilization_rate"
    assert failing(connection, kpi) == {"B": "not_seen_lately", "S": "server_idle"}
    assert beside(connection, kpi, "is_measured_by_use") == 0
    assert beside(connection, kpi, "use_unknown_count") == 1  # C leads to no device
    assert failing(connection, "agent_coverage_rate") == {"B": "not_seen_lately", "C": "not_discovered"}


def test_stock_ties_up_what_it_cost(build: Build) -> None:
    """1,000 euros of January 2025 were 1,500 dollars, whatever a euro is worth today."""
    connection = build(
        [
            EURO,
            assets(
                {
                    "asset_id": "A",
                    "status": "in_stock",
                    "purchase_cost": "1000",
                    "currency": "EUR",
                    "purchase_date": "2025-01-15",
                },
                {"asset_id": "B", "status": "in_repair", "purchase_cost": "1000"},
                {"asset_id": "C"},
            ),
        ],
        DAY,
    )
    assert failing(connection, "deployment_rate") == {"A": "in_stock", "B": "in_repair"}
    assert money(connection, "deployment_rate") == {"A": (1500, "USD")}


def test_what_is_past_its_life_must_be_bought_again(build: Build) -> None:
    """A laptop of 2022 is over its 48 months in February 2026, when it completes the 49th; a server costs 9,000."""
    connection = build(
        [
            assets(
                {"asset_id": "A", "in_service_date": "2022-01-15"},
                {"asset_id": "B", "in_service_date": "2022-09-15"},  # ends in September 2026
                {"asset_id": "S", "asset_class": "server", "in_service_date": "2021-08-01"},  # ends in August 2026
                {"asset_id": "U", "in_service_date": None},
            )
        ],
        DAY,
    )
    kpi = "assets_over_life_pct"
    assert failing(connection, kpi, "2026-02-28") == {}  # the register is not known before its first delivery
    assert failing(connection, kpi) == {"A": "over_life"}
    spans = f"select due_date from intermediate.int_exceptions__assets where kpi_id = '{kpi}'"
    [(due,)] = table(connection, f"{spans} and valid_from <= date '{DAY}'")  # B and S follow within three months
    assert str(due) == "2026-01-15"
    assert money(connection, kpi) == {"A": (1400, "USD")}
    assert beside(connection, kpi, "age_unknown_count") == 1
    wave = table(
        connection,
        "select cast(refresh_month as varchar), asset_class, is_overdue, asset_count,"
        " cast(replacement_amount as double) from marts.mart_refresh_wave",
    )
    assert wave == [
        ("2026-06-01", "laptop", True, 1, 1400.0),
        ("2026-08-01", "server", False, 1, 9000.0),
        ("2026-09-01", "laptop", False, 1, 1400.0),
    ]
    buckets = table(
        connection,
        "select age_bucket, asset_count from marts.mart_asset_age where asset_class = 'laptop' and asset_count > 0",
    )
    assert buckets == [("37-48", 1), ("49-60", 1), ("unknown", 1)]  # 45 and 53 months


def test_buckets_are_of_completed_months(build: Build) -> None:
    """Twelve completed months are the first year, the thirteenth begins the second."""
    starts = {"A": "2025-06-30", "B": "2025-06-01", "C": "2025-05-30", "D": "2021-06-30", "E": "2021-05-30"}
    connection = build([assets(*({"asset_id": name, "in_service_date": day} for name, day in starts.items()))], DAY)
    found = table(
        connection,
        "select age_bucket, asset_count, class_asset_count, class_mean_age_months, class_median_age_months"
        " from marts.mart_asset_age where asset_count > 0",
    )
    mean = (12 + 12 + 13 + 60 + 61) / 5
    assert found == [
        ("0-12", 2, 5, mean, 13),
        ("13-24", 1, 5, mean, 13),
        ("49-60", 1, 5, mean, 13),
        ("> 60", 1, 5, mean, 13),
    ]


def test_a_model_without_support_is_replaced_a_system_upgraded(build: Build) -> None:
    """Windows 10 ended in October 2025: that costs work, not a laptop."""
    ends = [
        {"product": "dell latitude 1", "cycle": "1", "eol_date": "2026-06-29"},
        {"product": "dell latitude 2", "cycle": "2", "eol_date": "2026-06-30"},
        {"product": "windows", "cycle": "10-22h2", "eol_date": "2025-10-14"},
    ]
    connection = build(
        [
            assets(
                {"asset_id": "A", "model": "Latitude 1"},
                {"asset_id": "B", "model": "Latitude 2"},
                {"asset_id": "C", "model": "Latitude 3"},
                {"asset_id": "D", "model": "Latitude 3"},
            ),
            devices({"device_id": "C", "os_name": "Windows 10 Pro", "os_version": "10.0.19045"}),
            Delivery("eol", "product_lifecycle", AT, ends),
        ],
        DAY,
    )
    kpi = "assets_past_eol_pct"
    assert failing(connection, kpi) == {"A": "model_past_eol", "C": "system_past_eol"}  # B has its last day
    assert money(connection, kpi) == {"A": (1400, "USD")}
    assert beside(connection, kpi, "support_unknown_count") == 1


def test_strangers_are_worth_what_their_class_costs(build: Build) -> None:
    """Laptops of 1,000 and 2,000 say 1,500 for the one that nobody registered; for the tablet nothing speaks."""
    connection = build(
        [
            assets({"asset_id": "A", "purchase_cost": "1000"}, {"asset_id": "B", "purchase_cost": "2000"}),
            devices(
                {"device_id": "A"},
                {"device_id": "X"},
                {"device_id": "Y", "device_class": "tablet"},
                {"device_id": "Z", "serial_number": "To be filled by O.E.M.", "ownership": "personal"},
            ),
        ],
        DAY,
    )
    assert failing(connection, "asset_discovery_rate") == {"X": "not_in_register", "Y": "not_in_register"}
    assert money(connection, "asset_discovery_rate") == {"X": (1500, "USD")}
    # K15 asks what is in use, whosever it is
    assert list(failing(connection, "unauthorized_asset_pct").values()) == ["not_in_register"] * 3
    assert sorted(money(connection, "unauthorized_asset_pct").values()) == [(1500, "USD")] * 2
    assert beside(connection, "asset_discovery_rate", "no_serial_count") == 0
    assert beside(connection, "unauthorized_asset_pct", "not_in_register_count", asset_class="tablet") == 1


def test_what_an_organisation_denies_is_unauthorized(build: Build) -> None:
    """A class is denied in the register or on the network, a model in either, a system by how its name begins."""
    connection = build(
        [
            assets(
                {"asset_id": "A", "asset_class": "Tablet"},
                {"asset_id": "B", "model": "XPS 9"},
                {"asset_id": "C", "model": "XPS 95"},
                {"asset_id": "D"},
                {"asset_id": "E"},
                {"asset_id": "F"},
                {"asset_id": "G", "asset_class": "Tablet", "status": "in_stock"},
            ),
            devices(
                {"device_id": "D", "device_class": "tablet"},
                {"device_id": "E", "os_name": "Windows 7 Professional"},
                {"device_id": "F", "model": "XPS 9", "os_name": "Not Windows 7"},
                {"device_id": "X", "device_class": "tablet"},  # that nobody registered it comes first
            ),
        ],
        DAY,
        denied=[("class", "Tablet"), ("model", "xps 9"), ("os", "windows 7"), ("software", "Latitude")],
    )
    kpi = "unauthorized_asset_pct"
    found = failing(connection, kpi)
    assert {name: reason for name, reason in found.items() if reason == "denied"} == dict.fromkeys("ABDEF", "denied")
    assert [reason for reason in found.values() if reason != "denied"] == ["not_in_register"]
    assert table(
        connection,
        f"select cast(numerator as integer), cast(denominator as integer) from marts.kpi_{kpi}"
        f" where dim_type = 'all' and as_of_date = date '{DAY}'",
    ) == [(6, 7)]


def test_a_newcomer_has_two_weeks_to_be_approved(build: Build) -> None:
    """Seen first on the 17th it may wait on the 30th, seen first on the 16th not; never seen, there is no excuse."""
    refused = {"approved": "false"}
    connection = build(
        [
            assets(
                {"asset_id": "A", **refused},
                {"asset_id": "B", **refused},
                {"asset_id": "C", **refused},
                {"asset_id": "D", "approved": "true"},
                {"asset_id": "E", "ownership": "byod"},
                {"asset_id": "F", "ownership": "byod", "approved": "true"},
                {"asset_id": "G", "status": "disposed"},
                {"asset_id": "H", "status": "retired"},  # and nobody sees it
            ),
            devices(
                {"device_id": "A", "first_seen_at": "2026-06-17 08:00:00"},
                {"device_id": "B", "first_seen_at": "2026-06-16 08:00:00"},
                {"device_id": "D", "first_seen_at": "2025-06-16 08:00:00"},
                {"device_id": "E", "first_seen_at": "2026-06-29 08:00:00"},
                {"device_id": "F"},
                {"device_id": "G"},
            ),
        ],
        DAY,
    )
    assert failing(connection, "unauthorized_asset_pct") == {
        "B": "not_approved",
        "C": "not_approved",
        "E": "byod_not_approved",
        "G": "not_in_service",
    }


def test_two_sources_tell_how_many_there_are(build: Build) -> None:
    """Three and three with two in common: (3 + 1) (3 + 1) / (2 + 1) - 1 = 4 1/3, of which four are seen."""
    names = [{"device_id": name} for name in "ABCD"]
    third = {"device_id": "A", "last_seen_at": "2026-05-01 08:00:00"}  # not seen by this one for 30 days
    connection = build(
        [
            assets({"asset_id": "A"}),
            devices(*names[:3]),
            devices(*names[1:], source="network"),
            devices(third, source="sso"),
        ],
        DAY,
    )
    assert beside(connection, "asset_discovery_rate", "estimated_devices") == pytest.approx(13 / 3)
    assert beside(connection, "asset_discovery_rate", "estimated_completeness") == pytest.approx(12 / 13)


def test_a_wrong_record_says_all_that_is_wrong(build: Build) -> None:
    """Who mends a record once must not find it on the list again the day after."""
    whole = {
        "model": "Latitude",
        "location": "Oslo",
        "stockroom": "S",
        "status": "in_stock",
        "purchase_date": "2026-01-01",
        "purchase_cost": "900",
        "last_verified_at": SEEN,
    }
    connection = build(
        [
            EURO,
            assets(
                {"asset_id": "A", "asset_tag": "TA", **whole},
                {"asset_id": "B", **whole, "model": None, "last_verified_at": None, "finance_asset_id": "F1"},
                {
                    "asset_id": "C",
                    "asset_tag": "TC",
                    **whole,
                    "status": "missing",
                    "currency": "XXX",
                    "finance_asset_id": "F2",
                },
                {"asset_id": "D", "asset_tag": "TD", **whole, "assigned_person_id": "P"},
            ),
            Delivery("hr", "person", AT, [{"person_id": "P", "spell_no": "1", "hire_date": "2020-01-01"}]),
            books(
                {"finance_asset_id": "F1", "acquisition_value": "900", "net_book_value": "300"},
                {"finance_asset_id": "F1", "book": "group", "acquisition_value": "900", "net_book_value": "1"},
                {"finance_asset_id": "F2", "acquisition_value": "900", "net_book_value": "500"},
            ),
        ],
        DAY,
    )
    kpi = "inventory_accuracy_rate"
    assert failing(connection, kpi) == {
        "B": "record_incomplete",
        "C": "record_invalid",
        "D": "record_inconsistent",
    }
    [(told,)] = table(
        connection, "select detail from intermediate.int_exceptions__assets where reason_code = 'record_incomplete'"
    )
    assert told == "without tag, model; nothing has confirmed it lately"
    assert money(connection, kpi) == {"B": (300, "EUR"), "C": (500, "EUR")}
    rates = [
        beside(connection, kpi, f"{name}_rate") for name in ("complete", "valid", "unique", "current", "consistent")
    ]
    assert rates == [0.75, 0.75, 1, 0.75, 0.75]


def test_a_stocktake_says_what_it_missed(build: Build) -> None:
    """Three lines fail in three ways; only what was not found is missing from the books."""
    at = {"location": "Oslo", "assigned_person_id": "P"}
    register = [{"asset_id": name, "asset_tag": f"T{name}", "finance_asset_id": f"F{name}", **at} for name in "ABCD"]
    found = {
        "A": ("SERIALA", "Oslo", "P"),
        "B": (None, None, None),
        "C": ("SERIALC", "Rome", "P"),
        "D": ("SERIALD", "Oslo", "Q"),
    }
    counts = [
        {
            "count_id": "C1",
            "line_id": name,
            "counted_at": SEEN,
            "expected_asset_id": name,
            "found_serial": serial,
            "found_location": place,
            "found_person_id": person,
        }
        for name, (serial, place, person) in found.items()
    ]
    entries = [{"finance_asset_id": f"F{name}", "acquisition_value": "9", "net_book_value": "5"} for name in "ABCD"]
    connection = build([assets(*register), Delivery("audit", "physical_count", AT, counts), books(*entries)], DAY)
    kpi = "physical_accuracy_rate"
    assert failing(connection, kpi) == {
        "B": "counted_not_found",
        "C": "counted_elsewhere",
        "D": "counted_with_other_person",
    }
    assert money(connection, kpi) == {"B": (5, "EUR")}
    sampled = table(
        connection,
        "select value, weight, unit from intermediate.int_samples__assets"
        " where sample = 'physical_accuracy' and dim_type = 'all'",
    )
    assert sampled == [(0.0, 3, "proportion"), (1.0, 1, "proportion")]


def test_books_register_and_network_disagree(build: Build) -> None:
    """Ghosts are to be written off, zombies are used off the books, unbooked assets were never put on them."""
    connection = build(
        [
            EURO,
            assets(
                {"asset_id": "M", "finance_asset_id": "FM"},
                {"asset_id": "G", "finance_asset_id": "FG", "status": "missing"},
                {"asset_id": "Z", "finance_asset_id": "FZ"},
                {"asset_id": "R", "status": "disposed", "purchase_cost": "70"},
                {"asset_id": "U", "purchase_cost": "1000"},
                {"asset_id": "L", "ownership": "leased"},
                {"asset_id": "O", "status": "disposed"},
            ),
            devices({"device_id": "R"}, {"device_id": "X"}),
            books(
                {"finance_asset_id": "FM", "acquisition_value": "100", "net_book_value": "80"},
                {"finance_asset_id": "FG", "acquisition_value": "100", "net_book_value": "40"},
                {
                    "finance_asset_id": "FZ",
                    "acquisition_value": "100",
                    "net_book_value": "0",
                    "deactivated_date": "2026-06-30",
                },
                {"finance_asset_id": "FN", "acquisition_value": "100", "net_book_value": "20"},
            ),
        ],
        DAY,
    )
    found = table(
        connection,
        "select match_key, finding, cast(at_stake_amount as double) from marts.mart_book_register_match",
    )
    assert {short(key): (finding, amount) for key, finding, amount in found} == {
        "FM": ("matched", None),
        "FG": ("ghost", 50.0),  # 40 euros at 1.25
        "FN": ("ghost", 25.0),
        "FZ": ("zombie", 125.0),
        "dell|R": ("zombie", 70.0),
        "dell|U": ("unbooked", 1000.0),
        "dell|L": ("not_owned", None),
        "dell|X": ("unregistered", None),
    }


@pytest.fixture
def patched() -> list[Delivery]:
    """Five devices and two patches: critical since June, and one of low severity that is due in August."""
    late = {"installed_at": "2026-06-05 00:00:00", "state": "installed"}
    return [
        assets(*({"asset_id": name} for name in "ABCDE")),
        devices(
            *({"device_id": name} for name in "ABCD"),
            {"device_id": "E", "last_seen_at": "2026-05-30 08:00:00"},  # off since before the release
        ),
        patches(
            {"patch_id": "P1", "cve_ids": "CVE-1, CVE-2"},
            {"patch_id": "P2", "severity": "low"},
        ),
        states(
            {"device_id": "A", "patch_id": "P1", "state": "installed", "installed_at": "2026-06-02 00:00:00"},
            {"device_id": "A", "patch_id": "P2", "state": "missing"},
            {"device_id": "B", "patch_id": "P1", **late},
            {"device_id": "C", "patch_id": "P1", "state": "failed"},
            {"device_id": "D", "patch_id": "P1", "state": "unknown", "checked_at": "2026-06-15 00:00:00"},
            {"device_id": "E", "patch_id": "P1", "state": "missing"},
        ),
        Delivery("cisa", "kev", AT, [{"cveID": "CVE-2", "dateAdded": "2026-06-01", "dueDate": "2026-06-04"}]),
    ]


def test_devices_fail_for_the_first_reason(build: Build, patched: list[Delivery]) -> None:
    """Missing comes before unknown, unknown before unchecked; a device that fails twice is told so."""
    connection = build(patched, DAY)
    kpi = "patch_compliance_rate"
    assert failing(connection, kpi) == {"C": "patch_missing", "D": "patch_state_unknown", "E": "patch_missing"}
    told = table(
        connection,
        f"select detail, severity from intermediate.int_exceptions__patches where kpi_id = '{kpi}' order by 1",
    )
    assert ("1 missing, 1 of them critical; not seen lately", "critical") in told
    assert ("1 of unknown state; not checked lately", None) in told
    assert beside(connection, kpi, "known_only_rate") == pytest.approx(2 / 3)  # A, B and C are known
    assert [beside(connection, kpi, f"{name}_count") for name in ("unknown", "stale", "unseen", "exempt")] == [
        1,
        1,
        1,
        0,
    ]
    assert failing(connection, "patch_instance_compliance_rate") == {"C|P1": "patch_failed", "E|P1": "patch_missing"}


def test_a_loss_is_what_policy_says_and_nothing_else(build: Build, patched: list[Delivery]) -> None:
    """No dollars are invented; who states an expected loss sees it on each device with a critical patch overdue."""
    assert money(build(patched, DAY), "patch_compliance_rate") == {}
    stated = build(patched, DAY, {"overdue_device_loss_usd": "500"})
    assert money(stated, "patch_compliance_rate") == {"C": (500, "USD"), "E": (500, "USD")}


def test_a_deadline_is_missed_for_a_reason(build: Build, patched: list[Delivery]) -> None:
    """Due on 4 June at midnight: B was a day late, C failed, E has been off since before; D's state proves nothing."""
    connection = build(patched, DAY)
    kpi = "critical_patch_on_time_rate"
    assert failing(connection, kpi) == {
        "B|P1": "patch_installed_late",
        "C|P1": "patch_failed",
        "E|P1": "device_unreachable",
    }
    counts = [beside(connection, kpi, f"{name}_count") for name in ("installed_late", "overdue", "unreachable")]
    assert counts == [1, 1, 1]
    assert beside(connection, kpi, "kev_overdue_count") == 2  # C and E, since 5 June
    assert beside(connection, kpi, "kev_on_time_rate") == pytest.approx(1 / 4)  # A, of A, B, C and E


def test_time_to_patch_counts_those_that_wait(build: Build, patched: list[Delivery]) -> None:
    """One day and four days for those installed; C and E have waited 29 days, and so has the patch of low severity."""
    waited = table(
        build(patched, DAY),
        "select dim_value, value, is_censored, weight from intermediate.int_samples__patches"
        " where dim_type = 'severity'",
    )
    assert waited == [
        ("critical", 1.0, False, 1),
        ("critical", 29.0, True, 2),
        ("critical", 4.0, False, 1),
        ("low", 29.0, True, 1),
    ]


def test_an_exemption_is_shown(build: Build, patched: list[Delivery]) -> None:
    """What an approver has exempted leaves the rate, not the page."""
    exempt = {"exemption_id": "X1", "exemption_approver": "CISO", "exemption_expires_on": DAY, "state": "missing"}
    *others, _, kev = patched
    connection = build([*others, states({"device_id": "A", "patch_id": "P1", **exempt}), kev], DAY)
    assert failing(connection, "patch_instance_compliance_rate") == {}
    assert beside(connection, "patch_instance_compliance_rate", "exempt_count") == 1
    assert beside(connection, "patch_compliance_rate", "exempt_count") == 1


def test_patches_by_class_add_up(build: Build, patched: list[Delivery]) -> None:
    """One line per class, with the numbers of the KPIs."""
    found = table(
        build(patched, DAY),
        "select asset_class, device_count, compliant_device_count, missing_device_count, unknown_device_count,"
        " installed_patch_count, missing_critical_patch_count, unknown_patch_count, critical_deadline_count,"
        " critical_on_time_count from marts.mart_patch_by_class",
    )
    assert found == [("laptop", 5, 2, 2, 1, 2, 2, 1, 4, 1)]

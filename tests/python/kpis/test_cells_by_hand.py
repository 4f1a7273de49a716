"""Whole cells of KPIs by hand: numerator, denominator, covered and population, for `all` and where it slices.

Here: small organisations, each with one member of every kind that a KPI tells apart, and the arithmetic beside them.
Not here: the corners of each rule (the tests of its area), and what is added to all KPIs alike (kpi_results).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import duckdb

from tests.python.licensing.licence_rows import SEEN, devices, entitlements, installs, seats
from tests.python.money.money_warehouse import Delivery, Row

Build = Callable[[Sequence[Delivery], str, Sequence[str]], duckdb.DuckDBPyConnection]
Cell = tuple[float | None, float | None, float | None, float | None]

D = "2026-06-30"
AT = f"{D} 02:00:00"
EVERY = None  # every member can be judged
NOTHING = {"all": (0, 0, 0, 0)}


def cells(connection: duckdb.DuckDBPyConnection, kpi: str, day: str = D) -> dict[str, Cell]:
    """The cells of a day by slice; one each."""
    rows = connection.execute(
        f"select dim_value, dim_type, numerator, denominator, covered, population from marts.kpi_{kpi}"
        " where as_of_date = cast(? as date)",
        [day],
    ).fetchall()
    found: dict[str, Cell] = {}
    for value, dim_type, *numbers in rows:
        key = (
            value if dim_type in ("all", "asset_class", "product", "severity", "cost_center") else f"{dim_type} {value}"
        )
        assert key not in found
        n, d, c, p = (None if number is None else round(float(number), 6) for number in numbers)
        found[key] = (n, d, c, p)
    return found


def some(found: Mapping[str, Cell], wanted: Mapping[str, Cell]) -> dict[str, Cell | None]:
    """Those cells that are asked for."""
    return {key: found.get(key) for key in wanted}


def numbered(key: str, rows: Sequence[Row], **common: str) -> list[Row]:
    """Rows with an id each."""
    return [{key: str(number), **common, **row} for number, row in enumerate(rows)]


# --- what assets cost ------------------------------------------------------------------------------------------------

USD = {"currency": "USD"}
ESTATE = [
    # 24 months old; 1,200, and 240 of support
    {"asset_id": "A", "department": "IT", "in_service_date": "2024-06-30", "purchase_cost": "1200", **USD},
    # 60 months old, of a life of 48; 600, and 60 of deployment
    {"asset_id": "B", "department": "HR", "in_service_date": "2021-06-30", "purchase_cost": "600", **USD},
    # no purchase figure
    {"asset_id": "C", "department": "HR", "in_service_date": "2025-06-30"},
    # leased two weeks ago; 30 of support
    {"asset_id": "L", "department": "IT", "in_service_date": "2026-06-15", "ownership": "leased"},
    # no date at all
    {"asset_id": "N", "department": "HR", "purchase_cost": "500", **USD},
    # gone: with a purchase, without one, and too long ago
    {"asset_id": "X", "in_service_date": "2022-01-10", "disposed_date": "2026-01-10", "purchase_cost": "800", **USD},
    {"asset_id": "Y", "in_service_date": "2022-01-01", "disposed_date": "2026-02-01"},
    {"asset_id": "Z", "in_service_date": "2020-01-01", "disposed_date": "2025-05-01", "purchase_cost": "900", **USD},
]
LEDGER = [
    {"asset_id": "A", "cost_category": "support", "amount": "240"},
    {"asset_id": "B", "cost_category": "deployment", "amount": "60"},
    {"asset_id": "L", "cost_category": "support", "amount": "30"},
    {"asset_id": "X", "cost_category": "disposal", "amount": "50"},
    {"asset_id": "X", "cost_category": "disposal_proceeds", "amount": "-100"},
    {"asset_id": "X", "cost_category": "deployment", "amount": "20"},
    {"cost_category": "acquisition", "amount": "999", "is_capex": "true"},
    {"cost_category": "depreciation", "amount": "400"},
    {"cost_category": "software", "amount": "100"},
    {"cost_category": "saas", "amount": "55"},
    {"cost_category": "cloud", "amount": "66"},
    {"cost_category": "support", "amount": "77", "is_commitment": "true"},
    {"cost_category": "support", "amount": "88", "currency": "BRL"},
    {"cost_category": "support", "amount": "11", "posted_date": D.replace("2026", "2025")},
]
BILLS = [
    {"CommitmentDiscountId": "sp1", "CommitmentDiscountStatus": "Used", "EffectiveCost": "200", "BilledCost": "0"},
    {"CommitmentDiscountId": "sp1", "CommitmentDiscountStatus": "unused ", "EffectiveCost": "40", "BilledCost": "0"},
    {"EffectiveCost": "100", "BilledCost": "120", "Tags": '{"user:cost_center": "IT"}'},
    {
        "CommitmentDiscountId": "sp1",
        "CommitmentDiscountStatus": "Unused",
        "EffectiveCost": "10",
        "BillingCurrency": "BRL",
    },
    {"CommitmentDiscountStatus": "Unused", "EffectiveCost": "7", "BilledCost": "0"},
]
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
    "BilledCost": "0",
}
LINE = {"posted_date": "2026-06-10", "fiscal_period": "2026-06", "currency": "USD"}


def spending(estate: Sequence[Row] = ESTATE, bills: Sequence[Row] = BILLS) -> list[Delivery]:
    """A register, a ledger, and a cloud bill."""
    rows = [
        {"asset_class": "Laptop", "status": "disposed" if "disposed_date" in r else "deployed", **r} for r in estate
    ]
    return [
        Delivery("cmdb", "hardware_asset", AT, rows),
        Delivery("erp", "cost_line", AT, numbered("line_id", LEDGER, **LINE)),
        Delivery("aws", "cloud_cost", AT, [{**BILL, "ResourceId": str(n), **row} for n, row in enumerate(bills)]),
    ]


def test_what_assets_cost_so_far(build: Build) -> None:
    """A leased laptop, one without a price and one that is gone are three different things."""
    connection = build(spending(), D, ["tco_per_asset", "tco_per_asset_guide"])
    # A 1,200 + 240, B 600 + 60, L 30, N 500; of C nothing is known
    wanted: dict[str, Cell] = {
        "all": (2630, 4, 4, 5),
        "department IT": (1470, 2, 2, 2),
        "department HR": (1160, 2, 2, 3),
        "laptop": (2630, 4, 4, 5),
    }
    assert some(cells(connection, "tco_per_asset"), wanted) == wanted
    # four terms: without B's deployment
    wanted = {"all": (2570, 4, 4, 5), "department HR": (1100, 2, 2, 3)}
    assert some(cells(connection, "tco_per_asset_guide"), wanted) == wanted


def test_what_assets_cost_per_month(build: Build) -> None:
    """An old laptop is cheaper by the month; that is why the old one is not replaced, and must be seen."""
    found = cells(build(spending(), D, ["tco_normalized_per_asset"]), "tco_normalized_per_asset")
    # A 1,200 / 48 + 240 / 24 = 35; B 660 / 60 = 11; L 0 + 30 / 1 = 30; C and N cannot be judged
    wanted: dict[str, Cell] = {
        "all": (76, 3, 3, 5),
        "department IT": (65, 2, 2, 2),
        "department HR": (11, 1, 1, 3),
    }
    assert some(found, wanted) == wanted


def test_what_assets_cost_that_are_gone(build: Build) -> None:
    """What a laptop brings when it is sold belongs to what it cost."""
    found = cells(build(spending(), D, ["lifecycle_tco_per_asset"]), "lifecycle_tco_per_asset")
    # X 800 + 50 - 100 + 20; Y has no purchase; Z left more than twelve months ago
    assert some(found, {"all": NOTHING["all"], "laptop": NOTHING["all"]}) == {
        "all": (770, 1, 1, 2),
        "laptop": (770, 1, 1, 2),
    }


def test_what_running_an_asset_costs(build: Build) -> None:
    """The average estate counts days, not heads at the end of the year."""
    # 240 + 60 + 30 + 50 - 100 + 20 + 400 + 100; A, B and C 365 days, L 16, X 193 until 9 January, Y 215, N none
    days = 3 * 365 + 16 + 193 + 215
    assert cells(build(spending(), D, ["cost_per_asset"]), "cost_per_asset") == {
        "all": (800, round(days / 365, 6), 7, 8)
    }


def test_what_technology_costs(build: Build) -> None:
    """The cloud is paid once, however many systems report it."""
    kpis = ["technology_spend", "cloud_commitment_waste_pct", "cloud_allocation_rate"]
    connection = build(spending(), D, kpis)
    # 999 + 60 + 20 + 240 + 30 + 50 - 100 of hardware, 100, 55, and 120 billed; ten lines, one of them in reais
    assert cells(connection, "technology_spend") == {"all": (1299 + 100 + 55 + 120, None, 9, 10)}
    # what is unused, with a commitment or not, of what has one; a line in reais does not convert
    assert cells(connection, "cloud_commitment_waste_pct") == {"all": (47, 240, 2, 3)}
    # the tag ties 100 of 347
    assert cells(connection, "cloud_allocation_rate") == {"all": (100, 347, 4, 5)}


def test_budgets_by_cost_centre(build: Build) -> None:
    """Spending without a budget, or without a cost centre, must not hide in somebody else's."""
    budget = {
        "version": "1",
        "version_type": "original",
        "approved_at": "2025-12-01",
        "cost_category": "support",
        **USD,
    }
    budgets = [
        *({"budget_id": "1", "fiscal_period": f"2026-0{n}", "cost_center": "IT", "amount": "100"} for n in range(1, 7)),
        {"budget_id": "2", "fiscal_period": "2026", "cost_center": "HR", "amount": "1200"},
        {"budget_id": "3", "fiscal_period": "2026-01", "cost_center": "CR", "amount": "-60"},
    ]
    lines = [
        {"cost_center": "IT", "amount": "690"},
        {"cost_center": "IT", "amount": "44", "currency": "BRL"},
        {"cost_center": "HR", "amount": "500"},
        {"cost_center": "CR", "amount": "-80"},
        {"cost_center": "OPS", "amount": "40"},
        {"amount": "10"},
        {"cost_center": "IT", "amount": "1000", "fiscal_period": "2026-07"},
        {"cost_center": "IT", "amount": "1000", "is_commitment": "true"},
    ]
    deliveries = [
        Delivery("erp", "budget_line", AT, [{**budget, **row} for row in budgets]),
        Delivery("erp", "cost_line", AT, numbered("line_id", lines, cost_category="support", **LINE)),
    ]
    year = round(1200 * 181 / 365, 6)
    assert cells(build(deliveries, D, ["budget_variance"]), "budget_variance") == {
        "all": (round(1160 - 540 - 1200 * 181 / 365, 6), round(540 + 1200 * 181 / 365, 6), 5, 6),
        "IT": (90, 600, 1, 2),
        "HR": (round(500 - 1200 * 181 / 365, 6), year, 1, 1),
        "CR": (-20, 60, 1, 1),
        "(unbudgeted)": (40, 0, 1, 1),
        "(unassigned)": (10, 0, 1, 1),
    }


# --- what fails ------------------------------------------------------------------------------------------------------

FLEET = [
    {"asset_id": "A", "asset_class": "Laptop", "in_service_date": "2025-06-01"},
    {"asset_id": "B", "asset_class": "Laptop", "in_service_date": "2026-04-19"},
    {"asset_id": "C", "asset_class": "Server"},
    {"asset_id": "M", "asset_class": "Monitor", "in_service_date": "2024-01-01"},
]


def incident(number: str, ci: str, opened: str, resolved: str) -> Row:
    """A failure of an asset."""
    return {
        "incident_id": number,
        "ci_id": ci,
        "record_type": "incident",
        "status": "resolved",
        "is_asset_failure": "true",
        "opened_at": f"{opened}:00",
        "resolved_at": f"{resolved}:00",
    }


INCIDENTS = [
    incident("1", "A", "2026-06-10 08:00", "2026-06-10 12:00"),
    incident("2", "A", "2025-12-01 08:00", "2025-12-01 09:00"),
    incident("3", "A", "2026-06-20 10:00", "2026-06-20 12:00"),
    incident("3", "B", "2026-06-20 10:00", "2026-06-20 12:00"),
    incident("4", "nobody's", "2026-06-11 10:00", "2026-06-11 11:00"),
    incident("5", "C", "2026-06-12 08:00", "2026-06-12 09:00"),
    incident("6", "A", "2025-06-30 08:00", "2025-06-30 09:00"),
]


def desk(incidents: Sequence[Row], outages: Sequence[Row] = ()) -> list[Delivery]:
    """A register, a service desk and a monitoring tool."""
    return [
        Delivery("cmdb", "hardware_asset", AT, [{"status": "deployed", **row} for row in FLEET]),
        Delivery("desk", "incident", AT, incidents),
        Delivery("desk", "outage", AT, outages),
    ]


def test_how_often_assets_fail(build: Build) -> None:
    """A class that never fails has a frequency of 0, and one without dates has none."""
    # A is in service on all 365 days, B on 73, M on 365; 1, 2, 3 on A and B, 5 on C; 4 has no asset, 6 is too old
    wanted: dict[str, Cell] = {
        "all": (4, 0.022, 4, 5),
        "laptop": (3, 0.012, 0, 0),
        "server": (1, 0, 0, 0),
        "monitor": (0, 0.01, 0, 0),
    }
    found = cells(build(desk(INCIDENTS), D, ["incident_frequency"]), "incident_frequency")
    assert {key: cell for key, cell in found.items() if " " not in key and key != "(unassigned)"} == wanted


def test_a_failure_is_known_from_its_delivery_on(build: Build) -> None:
    """A list that comes late must not change what was said before it came."""
    register = [{"status": "deployed", **FLEET[1]}]
    deliveries = [
        *(Delivery("cmdb", "hardware_asset", f"2026-06-{day} 02:00:00", register) for day in (25, 30)),
        *(Delivery("desk", "incident", f"2026-06-{day} 02:00:00", [INCIDENTS[3], INCIDENTS[4]]) for day in (28, 30)),
        Delivery("desk", "outage", AT, []),
    ]
    connection = build(deliveries, D, ["incident_frequency"])
    days = {day: cells(connection, "incident_frequency", f"2026-06-{day}").get("all") for day in (27, 29, 30)}
    # B has been in service for 70, 72 and 73 days
    assert days == {
        27: (0, round(70 / 36500, 6), 0, 0),
        29: (1, round(72 / 36500, 6), 1, 2),
        30: (1, round(73 / 36500, 6), 1, 2),
    }
    deliveries = [
        Delivery("cmdb", "hardware_asset", AT, [{"status": "deployed", **FLEET[2]}]),
        Delivery("desk", "incident", AT, [INCIDENTS[4]]),
        Delivery("desk", "outage", AT, []),
    ]
    # no failure of ours, nothing in service, and one incident that is nobody's
    assert cells(build(deliveries, D, ["incident_frequency"]), "incident_frequency") == {"all": (0, 0, 0, 1)}


def test_how_long_assets_are_down(build: Build) -> None:
    """Hours of assets, and the share of failures that have one, have different populations."""
    connection = build(desk(INCIDENTS), D, ["mean_time_to_repair"])
    # 1: 4 h; 3: 2 h on A and on B; 5: 1 h; 1, 3, 4 and 5 ended in the window, 4 on nothing
    wanted: dict[str, Cell] = {"all": (9, 4, 3, 4), "laptop": (8, 3, 0, 0), "server": (1, 1, 0, 0)}
    assert some(cells(connection, "mean_time_to_repair"), wanted) == wanted
    connection = build(desk([INCIDENTS[4]]), D, ["mean_time_to_repair"])
    assert cells(connection, "mean_time_to_repair") == {"all": (0, 0, 0, 1)}
    outage = {
        "outage_id": "1",
        "ci_id": "A",
        "begin_at": "2026-06-10 08:00:00",
        "end_at": "2026-06-10 11:00:00",
        "outage_type": "unplanned",
    }
    connection = build(desk([], [outage]), D, ["mean_time_to_repair"])
    assert some(cells(connection, "mean_time_to_repair"), {"all": NOTHING["all"]}) == {"all": (3, 1, 0, 0)}


# --- audits and the end of assets ------------------------------------------------------------------------------------


def finding(number: str, **more: str) -> Row:
    """A major finding of May, unless told otherwise."""
    return {
        "finding_id": number,
        "audit_id": "1",
        "severity": "major",
        "opened_on": "2026-05-10",
        "status": "open",
        **more,
    }


def test_findings_of_twelve_months(build: Build) -> None:
    """A finding counts from its day on, for a year, while the audit system knows it."""
    before = [
        finding("1"),
        finding("2", severity="minor", opened_on="2026-06-20"),
        finding("3", severity="info"),
        finding("4", status="withdrawn"),
        finding("5", opened_on="2025-06-30"),
        finding("6", severity="critical"),
    ]
    deliveries = [
        Delivery("grc", "audit_finding", "2026-06-15 02:00:00", before),
        Delivery("grc", "audit_finding", AT, before[:5]),
    ]
    connection = build(deliveries, D, ["audit_findings_count"])
    assert cells(connection, "audit_findings_count") == {
        "all": (2, 0, EVERY, EVERY),
        "major": (1, 0, EVERY, EVERY),
        "minor": (1, 0, EVERY, EVERY),
    }
    # 1, 5 and 6: 2 comes on the 20th; on the 29th 6 is still there; nobody knew anything on the 14th
    counts = {day: cells(connection, "audit_findings_count", f"2026-06-{day}").get("all") for day in (14, 15, 29)}
    assert counts == {14: None, 15: (3, 0, EVERY, EVERY), 29: (4, 0, EVERY, EVERY)}


def test_tests_of_audits(build: Build) -> None:
    """An audit without tests lowers what the rate stands for, not the rate."""
    audits = [
        {"audit_id": "1", "tests_executed": "50", "tests_passed": "45"},
        {"audit_id": "2", "tests_executed": "30", "tests_passed": "30"},
        {"audit_id": "3"},
        {"audit_id": "4", "tests_executed": "9", "tests_passed": "9", "closed_on": "2025-06-30"},
        {"audit_id": "5", "tests_executed": "9", "tests_passed": "9", "status": "open"},
    ]
    common = {"audit_type": "internal", "started_on": "2025-01-01", "closed_on": "2026-04-01", "status": "closed"}
    deliveries = [Delivery("grc", "audit", AT, [{**common, **row} for row in audits])]
    assert cells(build(deliveries, D, ["audit_success_rate"]), "audit_success_rate") == {"all": (75, 80, 2, 3)}


def test_ends_of_lives(build: Build) -> None:
    """A date that makes no sense is no end, and an end of last spring is none of this quarter's."""
    monitor = {"asset_class": "Monitor", "status": "disposed", "received_date": "2022-01-01"}
    rows = [
        # 9 days
        {"asset_id": "A", "in_service_date": "2022-02-01", "retired_date": "2026-06-01", "disposed_date": "2026-06-10"},
        # ends before it begins
        {"asset_id": "B", "in_service_date": "2022-02-01", "retired_date": "2026-06-20", "disposed_date": "2026-06-10"},
        # ended 101 days ago
        {"asset_id": "C", "in_service_date": "2022-02-01", "retired_date": "2026-03-01", "disposed_date": "2026-03-21"},
        # went into service nobody knows when
        {"asset_id": "E", "retired_date": "2026-06-01", "disposed_date": "2026-06-05"},
    ]
    deliveries = [
        Delivery("cmdb", "hardware_asset", AT, [{**monitor, "useful_life_months": "60", **row} for row in rows]),
        Delivery("itad", "sanitization", AT, []),
    ]
    connection = build(deliveries, D, ["mean_time_to_decommission", "lifecycle_completion_rate"])
    ended = cells(connection, "mean_time_to_decommission")
    assert some(ended, {"all": NOTHING["all"]}) == {"all": (9 + 4, 2, EVERY, EVERY)}
    # A and C passed every stage in time
    lives = cells(connection, "lifecycle_completion_rate")
    assert some(lives, {"all": NOTHING["all"], "monitor": NOTHING["all"]}) == {
        "all": (2, 4, 3, 4),
        "monitor": (2, 4, 3, 4),
    }


# --- software --------------------------------------------------------------------------------------------------------


def test_software_by_product(build: Build) -> None:
    """What nobody can see the use of is in no rate, and says so."""
    visio = {"publisher": "Microsoft", "product": "Visio Professional", "version": "2021"}
    project = {"publisher": "Microsoft", "product": "Project Professional"}
    autocad = {"publisher": "Autodesk", "product": "AutoCAD"}
    in_use = {"usage_supported": "true", "last_used_at": SEEN}
    deliveries = [
        devices(*({"device_id": f"D{n}"} for n in range(1, 5))),
        installs({"D1": ["Visio 2021", "Project"], "D2": ["Visio 2021", "TeamViewer"]}, **in_use),
        installs({"D3": ["Visio 2021"]}, usage_supported="true", install_date="2025-01-01", source="sccm"),
        installs({"D4": ["AutoCAD", "Unknown", "7-Zip"]}, source="jamf"),
        entitlements(
            {**visio, "quantity": "3", "annual_cost": "90", **USD},
            {**project, "quantity": "4", "annual_cost": "1", **USD},
            {**autocad, "quantity": "5", "annual_cost": "500", **USD},
        ),
        seats(),
    ]
    wanted: dict[str, dict[str, Cell]] = {
        # TeamViewer has no right; of eight titles one is unknown
        "license_compliance_rate": {
            "all": (5, 6, 7, 8),
            "Visio Professional": (3, 3, 3, 3),
            "TeamViewer": (0, 1, 1, 1),
            "publisher Microsoft": (4, 4, 4, 4),
        },
        "license_position_rate": {
            "all": (5, 6, 7, 8),
            "Visio Professional": (3, 3, 3, 3),
            "TeamViewer": (0, 1, 1, 1),
            "publisher Microsoft": (4, 4, 4, 4),
        },
        # policy denies it
        "unauthorized_software_pct": {
            "all": (1, 6, 7, 8),
            "Visio Professional": (0, 3, 3, 3),
            "TeamViewer": (1, 1, 1, 1),
            "publisher Microsoft": (0, 4, 4, 4),
        },
        # Visio 2 of 3, Project 1 of 4; nobody sees the use of AutoCAD
        "license_utilization_rate": {
            "all": (60.25, 91, 91, 591),
            "Visio Professional": (60, 90, 90, 90),
            "Project Professional": (0.25, 1, 1, 1),
            "publisher Microsoft": (60.25, 91, 91, 91),
        },
        "software_spend_utilization": {
            "all": (60.25, 91, 91, 591),
            "Visio Professional": (60, 90, 90, 90),
            "Project Professional": (0.25, 1, 1, 1),
            "publisher Microsoft": (60.25, 91, 91, 91),
        },
        # D3 never used Visio; a fifth of AutoCAD is unknown
        "shelfware_pct": {
            "all": (30, 491, 491, 591),
            "Visio Professional": (30, 90, 90, 90),
            "Project Professional": (0, 1, 1, 1),
            "AutoCAD": (0, 400, 400, 500),
        },
        # nobody has three rights of Project and four of AutoCAD
        "shelfware_total_pct": {
            "all": (430.75, 491, 491, 591),
            "Visio Professional": (30, 90, 90, 90),
            "Project Professional": (0.75, 1, 1, 1),
            "AutoCAD": (400, 400, 400, 500),
        },
    }
    connection = build(deliveries, D, list(wanted))
    assert {kpi: some(cells(connection, kpi), want) for kpi, want in wanted.items()} == wanted


def test_seats_by_product(build: Build) -> None:
    """A product with more people than seats does not make up for an idle one."""
    old = {"assigned_at": "2025-01-01 08:00:00"}
    figma, miro, zoom = ({"publisher": name, "product": name} for name in ("Figma", "Miro", "Zoom"))
    active = {"last_activity_at": SEEN, **old}
    deliveries = [
        entitlements(
            *(
                {**product, "license_type": "subscription", "metric": "subscription_seat", "quantity": quantity}
                for product, quantity in ((figma, "10"), (miro, "2"), (zoom, "4"))
            )
        ),
        seats(
            *({**figma, **active, "account_ref": f"f{n}"} for n in range(3)),
            {**figma, **old, "account_ref": "f8"},
            {**figma, **active, "account_ref": "f9", "account_status": "suspended"},
            *({**miro, **active, "account_ref": f"m{n}"} for n in range(3)),
            {**zoom, **old, "account_ref": "z1", "activity_supported": "false"},
        ),
    ]
    connection = build(deliveries, D, ["saas_utilization_rate", "saas_assigned_utilization_rate"])
    wanted: dict[str, Cell] = {
        "all": (3 + 2, 10 + 2, 12, 16),
        "Figma": (3, 10, 10, 10),
        "Miro": (2, 2, 2, 2),
    }
    found = cells(connection, "saas_utilization_rate")
    assert "Zoom" not in found
    assert some(found, wanted) == wanted
    found = cells(connection, "saas_assigned_utilization_rate")
    wanted = {"all": (3 + 3, 5 + 3, 12, 16), "Figma": (3, 5, 10, 10), "Miro": (3, 3, 2, 2)}
    assert some(found, wanted) == wanted

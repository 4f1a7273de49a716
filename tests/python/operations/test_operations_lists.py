"""Who must act in operations, on what, and what is at stake: a few rows each and the arithmetic beside them.

Here: what int_exceptions__operations, int_impact__operations, their companions and marts say. Not here: the KPIs
themselves (test_operations_cases), and how lists are published.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

import duckdb
import pytest

from tests.python.money.money_warehouse import Delivery, Row
from tests.python.operations.test_operations_cases import AT, D, asset, audit, record

Build = Callable[[Sequence[Delivery], str], duckdb.DuckDBPyConnection]

RATES = (
    "asset_recovery_rate",
    "asset_recovery_on_time_rate",
    "lifecycle_completion_rate",
    "stage_punctuality_rate",
    "data_sanitization_rate",
    "audit_success_rate",
    "renewal_optimization_rate",
)
IN_FORCE = "valid_from <= cast(? as date) and valid_to > cast(? as date)"


def failures(connection: duckdb.DuckDBPyConnection, kpi: str, day: str = D) -> dict[str, str]:
    """Reason by member (the end of its key), and the promise that a member fails once a day."""
    rows = connection.execute(
        f"select entity_id, reason_code from intermediate.int_exceptions__operations where kpi_id = ? and {IN_FORCE}",
        [kpi, day, day],
    ).fetchall()
    found = {_name(entity): reason for entity, reason in rows}
    assert len(found) == len(rows)
    return found


def told(connection: duckdb.DuckDBPyConnection, kpi: str, columns: str, day: str = D) -> dict[str, tuple[object, ...]]:
    """Other columns of the members that fail."""
    rows = connection.execute(
        f"select entity_id, {columns} from intermediate.int_exceptions__operations where kpi_id = ? and {IN_FORCE}",
        [kpi, day, day],
    ).fetchall()
    return {_name(entity): tuple(rest) for entity, *rest in rows}


def at_stake(connection: duckdb.DuckDBPyConnection, kpi: str, day: str = D) -> dict[str, Decimal]:
    """Amount by member."""
    rows = connection.execute(
        f"select entity_id, amount from intermediate.int_impact__operations where kpi_id = ? and {IN_FORCE}",
        [kpi, day, day],
    ).fetchall()
    found = {_name(entity): amount for entity, amount in rows}
    assert len(found) == len(rows)
    return found


def companions(
    connection: duckdb.DuckDBPyConnection, kpi: str, dim_value: str = "all", day: str = D
) -> dict[str, float]:
    """Value by name."""
    rows = connection.execute(
        "select name, value from intermediate.int_companions__operations"
        " where kpi_id = ? and as_of_date = cast(? as date) and dim_value = ?",
        [kpi, day, dim_value],
    ).fetchall()
    return dict(rows)


def sample(connection: duckdb.DuckDBPyConnection, name: str, day: str = D) -> list[tuple[float, bool, int]]:
    """Values of a sample: value, whether it is still open, how often."""
    return connection.execute(
        "select value, is_censored, weight from intermediate.int_samples__operations"
        " where sample = ? and as_of_date = cast(? as date) order by 1, 2",
        [name, day],
    ).fetchall()


def assert_lists_explain_the_rates(connection: duckdb.DuckDBPyConnection) -> None:
    """On every as-of date and slice, what the list names is the gap of the rate."""
    for kpi in RATES:
        for dimension in ("all", "asset_class", "department", "cost_center", "location", "manufacturer"):
            value = "'all'" if dimension == "all" else dimension
            differences = connection.execute(
                f"""
                with listed as (
                    select dates.as_of_date, {value} as dim_value, sum(failures.quantity) as quantity
                    from intermediate.int_exceptions__operations as failures
                    inner join intermediate.int_calendar__as_of_dates as dates
                        on failures.valid_from <= dates.as_of_date and failures.valid_to > dates.as_of_date
                    where failures.kpi_id = '{kpi}'
                    group by 1, 2
                )
                select cells.*, listed.quantity
                from marts.kpi_{kpi} as cells
                left join listed on listed.as_of_date = cells.as_of_date and listed.dim_value = cells.dim_value
                where cells.dim_type = '{dimension}'
                    and cells.denominator - cells.numerator <> coalesce(listed.quantity, 0)
                """
            ).fetchall()
            assert not differences, (kpi, dimension, differences[:3])


def _name(entity_id: str) -> str:
    """The short name of a hand-made member: what follows the source."""
    parts = entity_id.split("|")
    return "|".join(parts[2:]) if parts[0] == "id" else parts[-1]


def incident(incident_id: str, ci_id: str, opened_at: str, resolved_at: str | None, **more: str) -> Row:
    """A hardware incident, closed when it has an end."""
    return {
        "incident_id": incident_id,
        "ci_id": ci_id,
        "record_type": "incident",
        "opened_at": opened_at,
        "resolved_at": resolved_at,
        "status": "Closed" if resolved_at else "New",
        "category": "Hardware",
        **more,
    }


def deployed(*names: str, **more: str) -> Delivery:
    """A register of laptops in use since January 2025."""
    rows = [
        {"asset_id": x, "asset_class": "laptop", "status": "deployed", "in_service_date": "2025-01-01", **more}
        for x in names
    ]
    return Delivery("cmdb", "hardware_asset", AT, rows)


def test_downtime_costs_those_who_wait_and_those_who_repair(build_lists: Build) -> None:
    """Users of a shared incident wait once, not once per asset: 4 h for 2 of 4 users, 30 of 60 minutes of work each."""
    shared = {"affected_users": "4", "labor_minutes": "60"}
    incidents = [
        incident("1", "A", "2026-06-20 08:00:00", "2026-06-20 12:00:00", **shared),
        incident("1", "B", "2026-06-20 08:00:00", "2026-06-20 12:00:00", **shared),
        incident("2", "A", "2026-06-22 09:00:00", "2026-06-22 17:00:00", affected_users="10", labor_minutes="120"),
        incident("3", "B", "2026-06-29 06:00:00", None),
        incident("4", "A", "2026-06-26 10:00:00", "2026-06-26 09:00:00"),
        incident("5", "B", "2026-05-20 08:00:00", "2026-05-20 12:00:00", affected_users="100"),
    ]
    outages = [
        {
            "outage_id": "1",
            "ci_id": "A",
            "begin_at": "2026-06-22 10:00:00",
            "end_at": "2026-06-22 13:00:00",
            "outage_type": "unplanned",
            "incident_id": "2",
        },
        {
            "outage_id": "2",
            "ci_id": "B",
            "begin_at": "2026-06-25 10:00:00",
            "end_at": "2026-06-25 11:00:00",
            "outage_type": "unplanned",
        },
    ]
    deliveries = [
        deployed("A", "B"),
        Delivery("desk", "incident", AT, incidents),
        Delivery("desk", "outage", AT, outages),
    ]
    connection = build_lists(deliveries, D)
    assert failures(connection, "mean_time_to_repair") == {
        "B|2026-06-29 06:00:00": "downtime_open",
        "A": "ends_before_begin",
    }
    assert at_stake(connection, "mean_time_to_repair") == {
        "A|2026-06-20 08:00:00": 4 * 2 * 55 + 30,
        "B|2026-06-20 08:00:00": 4 * 2 * 55 + 30,
        "A|2026-06-22 10:00:00": 3 * 10 * 55 + 120,
        "B|2026-06-25 10:00:00": 1 * 1 * 55,
    }
    # 4 + 4 + 3 + 1 hours of four that ended, 42 of the one that is open
    assert companions(connection, "mean_time_to_repair")["mttr_incl_open"] == pytest.approx((12 + 42) / 5)
    assert sample(connection, "repair_hours") == [(1, False, 1), (3, False, 1), (4, False, 2), (42, True, 1)]
    queue = connection.execute(
        "select incident_id, is_asset_down, age_hours, asset_failures_12_months from marts.mart_incident_queue"
    ).fetchall()
    assert queue == [("3", True, 42, 3)]


def test_what_a_leaver_keeps_is_worth_its_book_value_or_half_a_new_one(build_lists: Build) -> None:
    """A is on the books for 900, more than half of a new laptop; B is a monitor of 250; C came back late."""
    kept = [
        {"asset_id": "A", "asset_class": "laptop", "finance_asset_id": "FA-A"},
        {"asset_id": "B", "asset_class": "monitor"},
        {"asset_id": "C", "asset_class": "monitor"},
    ]
    held = [{**row, "status": "deployed", "assigned_person_id": "P"} for row in kept]
    returned = [*held[:2], {**kept[2], "status": "in_stock"}]
    leaver = {
        "person_id": "P",
        "spell_no": "1",
        "hire_date": "2020-01-01",
        "last_day_of_work": "2026-05-20",
        "termination_known_at": "2026-05-10 09:00:00",
    }
    books = {
        "finance_asset_id": "FA-A",
        "book": "local",
        "capitalized_date": "2025-01-01",
        "acquisition_value": "1500",
        "net_book_value": "900",
        "currency": "USD",
    }
    deliveries = [
        *(Delivery("cmdb", "hardware_asset", f"2026-{day} 02:00:00", held) for day in ("05-15", "05-20", "06-10")),
        *(Delivery("cmdb", "hardware_asset", f"2026-{day} 02:00:00", returned) for day in ("06-20", "06-30")),
        *(Delivery("hr", "person", f"2026-{day} 02:00:00", [leaver]) for day in ("05-15", "05-20", "06-20", "06-30")),
        Delivery("erp", "fixed_asset", "2026-06-05 02:00:00", [books]),
    ]
    connection = build_lists(deliveries, D)
    assert_lists_explain_the_rates(connection)
    assert failures(connection, "asset_recovery_rate") == {"A": "asset_not_returned", "B": "asset_not_returned"}
    assert failures(connection, "asset_recovery_on_time_rate") == {
        "A": "asset_not_returned",
        "B": "asset_not_returned",
        "C": "asset_returned_late",
    }
    assert told(connection, "asset_recovery_rate", "detail, cast(due_date as varchar)") == {
        "A": ("holds data", "2026-06-03"),
        "B": (None, "2026-06-03"),
    }
    for kpi in ("asset_recovery_rate", "asset_recovery_on_time_rate"):
        assert at_stake(connection, kpi) == {"A": 900, "B": 125}
    assert sample(connection, "days_to_recover") == [(31, False, 1), (41, True, 2)]
    assert companions(connection, "asset_recovery_rate") == {
        "open_value": 1025,
        "open_data_bearing_count": 1,
        "returned_late_count": 1,
        "inferred_count": 0,
        "open_any_age_count": 2,
    }


def monitor(asset_id: str, **more: str) -> Row:
    """A monitor of 2021 whose five years and time of grace ended on 5 April 2026, unless told otherwise."""
    dates = {"received_date": "2021-01-01", "in_service_date": "2021-01-05", "useful_life_months": "60"}
    return {"asset_id": asset_id, "asset_class": "monitor", "status": "disposed", **dates, **more}


def test_a_life_that_is_not_complete_says_what_is_missing(build_lists: Build) -> None:
    """Each asset lacks one thing; the first that applies is told, and what waits in the store loses 10 a month."""
    priced = {"useful_life_months": "84", "purchase_cost": "840", "currency": "USD"}
    unknown = {k: v for k, v in monitor("UNDATED").items() if k != "in_service_date"}
    skipped = {k: v for k, v in monitor("SKIPPED").items() if k != "received_date"}
    rows = [
        monitor("COMPLETE", retired_date="2025-09-01", disposed_date="2025-09-10"),
        monitor("LATE", retired_date="2025-09-01", disposed_date="2026-05-01"),
        monitor("IN_USE", status="deployed"),
        monitor("WAITING", status="retired", retired_date="2026-03-01", **priced),
        monitor("FRESH", status="retired", retired_date="2026-06-20", useful_life_months="84"),
        {**unknown, "retired_date": "2026-05-01", "disposed_date": "2026-05-10"},
        {**skipped, "retired_date": "2026-03-01", "disposed_date": "2026-03-05"},
        monitor("DISORDER", retired_date="2026-05-10", disposed_date="2026-05-01", useful_life_months="84"),
        monitor(
            "UNWIPED",
            asset_class="laptop",
            in_service_date="2023-01-01",
            retired_date="2026-05-01",
            disposed_date="2026-05-20",
        ),
        monitor(
            "LOST",
            asset_class="laptop",
            in_service_date="2023-01-01",
            retired_date="2026-05-01",
            disposed_date="2026-05-01",
            disposal_method="lost",
        ),
    ]
    deliveries = [Delivery("cmdb", "hardware_asset", AT, rows), Delivery("itad", "sanitization", AT, [])]
    connection = build_lists(deliveries, D)
    assert_lists_explain_the_rates(connection)
    assert failures(connection, "lifecycle_completion_rate") == {
        "LATE": "disposed_late",
        "IN_USE": "in_use_past_life",
        "WAITING": "disposal_pending",
        "FRESH": "disposal_pending",
        "UNDATED": "in_service_date_unknown",
        "SKIPPED": "stage_skipped",
        "DISORDER": "dates_out_of_order",
        "UNWIPED": "disposed_unsanitised",
    }
    assert failures(connection, "stage_punctuality_rate") == {
        "LATE|retired_to_disposed": "stage_late",
        "WAITING|retired_to_disposed": "stage_overdue",
        "DISORDER|retired_to_disposed": "dates_out_of_order",
    }
    assert failures(connection, "mean_time_to_decommission") == {
        "WAITING": "disposal_overdue",
        "FRESH": "disposal_pending",
        "DISORDER": "dates_out_of_order",
        "UNWIPED": "disposed_unsanitised",
    }
    # due on 31 March, three months ago
    assert at_stake(connection, "lifecycle_completion_rate") == {"WAITING": 30}
    assert at_stake(connection, "stage_punctuality_rate") == {"WAITING|retired_to_disposed": 30}
    assert at_stake(connection, "mean_time_to_decommission") == {"WAITING": 10}
    assert companions(connection, "lifecycle_completion_rate")["lost_count"] == 1
    assert companions(connection, "stage_punctuality_rate")["lowest_stage_rate"] == 5 / 8
    # UNDATED and LATE ended within 90 days; FRESH, UNWIPED and WAITING have not, LOST never will
    ended, waiting = [(9, False, 1), (242, False, 1)], [(10, True, 1), (60, True, 1), (121, True, 1)]
    assert sample(connection, "decommission_days") == sorted([*ended, *waiting])


def test_what_held_data_says_why_it_has_no_proof(build_lists: Build) -> None:
    """Out of the house without proof is a violation, in the house a task; lost is neither."""
    unverified = {k: v for k, v in record("1", asset_id="GONE").items() if k != "verified_at"}
    rows = [
        asset("GONE", status="disposed", retired_date="2026-06-01", disposed_date="2026-06-10"),
        asset("NEW", retired_date="2026-06-20"),
        asset("LATE", retired_date="2026-05-01"),
        asset("LOST", status="disposed", retired_date="2026-06-05", disposed_date="2026-06-05", disposal_method="lost"),
        asset("FINE", status="disposed", retired_date="2026-06-01", disposed_date="2026-06-10"),
        asset("OLD", retired_date="2025-01-01"),
    ]
    records = [unverified, record("2", asset_id="LATE", result="failed"), record("3", asset_id="FINE")]
    deliveries = [Delivery("cmdb", "hardware_asset", AT, rows), Delivery("itad", "sanitization", AT, records)]
    connection = build_lists(deliveries, D)
    assert_lists_explain_the_rates(connection)
    columns = "reason_code, detail, cast(due_date as varchar)"
    assert told(connection, "data_sanitization_rate", columns) == {
        "GONE": ("disposed_unsanitised", "the record is not verified", "2026-07-01"),
        "NEW": ("sanitization_pending", None, "2026-07-20"),
        "LATE": ("sanitization_overdue", "the attempt on record failed", "2026-05-31"),
        "LOST": ("lost_with_data", None, "2026-07-05"),
        "OLD": ("sanitization_overdue", None, "2025-01-31"),
    }
    assert at_stake(connection, "data_sanitization_rate") == {}
    assert companions(connection, "data_sanitization_rate") == {
        "violation_count": 1,
        "lost_count": 1,
        "backlog_count": 1,
        "overdue_count": 2,
        "on_time_rate": 0,
        "attempt_count": 3,
        "attempt_success_rate": pytest.approx(1 / 3),
    }


def test_an_asset_that_fails_more_than_its_class_is_a_candidate(build_lists: Build) -> None:
    """Among 1, 1 and 3 failures two are excess, at half an hour of work each; one incident leads nowhere."""
    days = [("1", "A", 3), ("2", "B", 5), ("3", "C", 7), ("4", "C", 9), ("5", "C", 11), ("6", "?", 12)]
    incidents = [
        incident(n, ci, f"2026-06-{day:02} 08:00:00", f"2026-06-{day:02} 09:00:00", labor_minutes="30")
        for n, ci, day in days
    ]
    connection = build_lists([deployed("A", "B", "C"), Delivery("desk", "incident", AT, incidents)], D)
    columns = "reason_code, quantity, detail"
    assert told(connection, "incident_frequency", columns) == {"C": ("fails_often", 2, "3 failures in twelve months")}
    assert at_stake(connection, "incident_frequency") == {"C": pytest.approx(Decimal(2 * 30))}
    assert companions(connection, "incident_frequency") == {
        "mtbf_days": pytest.approx(3 * 365 / 5),
        "failed_asset_count": 3,
        "repeat_failure_asset_count": 1,
        "repeat_failure_share": pytest.approx(1 / 3),
        "unlinked_incident_count": 1,
    }
    assert sample(connection, "failures") == [(5, False, 1)]


def test_an_open_finding_is_overdue_the_day_after(build_lists: Build) -> None:
    """What auditors wait for, as grave as they said; closed, withdrawn and mere observations are nobody's job."""
    base = {"audit_id": "A", "opened_on": "2026-06-01", "status": "open", "financial_exposure": "100"}
    dollars, euros = {"currency": "USD"}, {"currency": "EUR"}
    rows = [
        {"finding_id": "1", "severity": "critical", "due_on": "2026-06-20", **base, **dollars},
        {"finding_id": "2", "severity": "major", "due_on": "2026-07-20", "repeat_of": "0", **base, **euros},
        {"finding_id": "3", "severity": "minor", "category": "patch", **base, **dollars},
        {"finding_id": "4", "severity": "info", **base, **dollars},
        {"finding_id": "5", "severity": "major", **base, **dollars, "status": "closed", "closed_on": "2026-06-09"},
        {"finding_id": "6", "severity": "major", **base, **dollars, "status": "withdrawn"},
    ]
    deliveries = [Delivery("grc", "audit_finding", f"2026-06-{day} 02:00:00", rows) for day in ("15", "30")]
    connection = build_lists([*deliveries, Delivery("grc", "audit", AT, [audit("A")])], D)
    assert told(connection, "audit_findings_count", "reason_code, severity, detail") == {
        "1": ("finding_overdue", "critical", None),
        "2": ("finding_repeated", "high", None),
        "3": ("finding_open", "medium", "patch"),
    }
    assert failures(connection, "audit_findings_count", "2026-06-20")["1"] == "finding_open"
    assert failures(connection, "audit_findings_count", "2026-06-21")["1"] == "finding_overdue"
    assert at_stake(connection, "audit_findings_count") == {"1": 100, "2": 100, "3": 100}
    found = companions(connection, "audit_findings_count")
    assert (found["open_count"], found["overdue_count"], found["repeat_count"]) == (3, 1, 1)
    assert companions(connection, "audit_findings_count", "internal") == {"findings_count": 4}
    assert sample(connection, "days_to_close") == [(8, False, 1), (29, True, 3)]
    listed = connection.execute("select finding_id, status, is_overdue from marts.fct_audit_findings order by 1")
    assert listed.fetchall() == [
        ("1", "open", True),
        ("2", "open", False),
        ("3", "open", False),
        ("4", "open", False),
        ("5", "closed", False),
        ("6", "withdrawn", False),
    ]


def test_an_audit_fails_by_its_tests_else_by_its_findings(build_lists: Build) -> None:
    """Three of ten tests failed, two of them mended since; without tests a grave finding is the failure."""
    tested = [
        audit(
            "A",
            tests_executed="10",
            tests_passed="7",
            passed_after_retest="2",
            settlement_amount="5000",
            currency="EUR",
        ),
        audit("B", tests_executed="5", tests_passed="5"),
        audit("C"),
    ]
    finding = {"finding_id": "1", "audit_id": "C", "opened_on": "2026-03-01", "severity": "major", "status": "open"}
    found = Delivery("grc", "audit_finding", AT, [finding])
    connection = build_lists([Delivery("grc", "audit", AT, tested), found], D)
    assert_lists_explain_the_rates(connection)
    columns = "reason_code, quantity, detail"
    assert told(connection, "audit_success_rate", columns) == {"A": ("tests_failed", 3, "2 passed after a retest")}
    assert at_stake(connection, "audit_success_rate") == {"A": 5000}
    assert companions(connection, "audit_success_rate") == {
        "closed_audit_count": 3,
        "clean_audit_rate": pytest.approx(2 / 3),
        "passed_after_retest_rate": pytest.approx(14 / 15),
    }
    assert sample(connection, "tests_passed") == [(0, False, 3), (1, False, 12)]
    untested = build_lists([Delivery("grc", "audit", AT, tested[2:]), found], D)
    assert_lists_explain_the_rates(untested)
    assert told(untested, "audit_success_rate", columns) == {"C": ("grave_findings", 1, "1 critical or major findings")}


def test_a_renewal_nobody_looked_at_pays_for_the_shelf_another_year(build_lists: Build) -> None:
    """Four of ten seats lie idle: of 2,000 a year 800 can go, but only when the renewed term ends."""
    terms = {"contract_type": "saas", "supplier": "S", "start_date": "2023-07-11", "end_date": "2026-07-10"}
    contracts = [{"contract_id": name, "status": "active", **terms} for name in ("BLIND", "LATE", "SILENT", "SEEN")]
    contracts += [
        {"contract_id": "AUTO", "auto_renew": "true", "annual_value": "2000", "currency": "USD", **terms},
        {"contract_id": "ENDED", **terms, "status": "cancelled"},
        {"contract_id": "AHEAD", **terms, "end_date": "2026-09-20", "annual_value": "300", "currency": "USD"},
    ]
    happened = [
        ("BLIND", "2026-06-01", {"event_type": "reviewed", "usage_evidence": "false"}),
        ("LATE", "2026-06-20", {"event_type": "reviewed", "usage_evidence": "true"}),
        ("SEEN", "2026-06-01", {"event_type": "reviewed", "usage_evidence": "true"}),
        ("ENDED", "2026-06-01", {"event_type": "cancelled"}),
        ("SEEN", "2026-06-15", {"event_type": "renewed", "old_value": "50", "new_value": "40", "currency": "USD"}),
    ]
    events = [
        {"event_id": str(n), "contract_id": contract, "event_at": f"{day} 09:00:00", **more}
        for n, (contract, day, more) in enumerate(happened)
    ]
    title = {"publisher": "Adobe", "product": "Acrobat Pro"}
    entitlement = {
        "entitlement_id": "1",
        **title,
        "license_type": "subscription",
        "metric": "subscription_seat",
        "quantity": "10",
        "annual_cost": "1000",
        "currency": "USD",
        "start_date": "2025-07-11",
        "contract_id": "AUTO",
        "status": "active",
    }
    seats = [
        {
            "assignment_id": str(n),
            **title,
            "account_ref": f"account-{n}",
            "assigned_at": "2025-01-01 08:00:00",
            "account_status": "active",
            "activity_supported": "true",
            "last_activity_at": "2026-06-20 08:00:00" if n < 6 else "2026-01-01 08:00:00",
        }
        for n in range(10)
    ]
    deliveries = [
        Delivery("erp", "contract", AT, contracts),
        Delivery("erp", "renewal_event", AT, events),
        Delivery("erp", "entitlement", AT, [entitlement]),
        Delivery("idp", "license_assignment", AT, seats),
    ]
    connection = build_lists(deliveries, D)
    assert_lists_explain_the_rates(connection)
    assert failures(connection, "renewal_optimization_rate") == {
        "BLIND": "reviewed_without_usage",
        "LATE": "reviewed_too_late",
        "SILENT": "not_reviewed",
        "AUTO": "renewed_unreviewed",
    }
    money = connection.execute(
        "select entity_id, kind, amount, currency, cast(available_date as varchar)"
        f" from intermediate.int_impact__operations where kpi_id = 'renewal_optimization_rate' and {IN_FORCE}",
        [D, D],
    ).fetchall()
    assert money == [("erp|AUTO", "at_renewal", 800, "USD", "2027-07-10")]
    found = companions(connection, "renewal_optimization_rate")
    assert found["savings_amount"] == 10
    assert found["renewed_unreviewed_rate"] == pytest.approx(1 / 6)
    assert found["right_sized_rate"] == pytest.approx(1 / 6)
    assert found["value_weighted_rate"] == 0
    assert (found["due_in_60_days_count"], found["due_in_60_days_amount"]) == (1, 300)
    assert (found["due_in_30_days_count"], found["unreviewed_in_180_days_count"]) == (0, 1)
    calendar = connection.execute(
        "select contract_id, days_left, due_within, is_reviewed, product_names, used_share, shelf_share"
        " from marts.mart_renewals where contract_id in ('AUTO', 'AHEAD') order by days_left"
    ).fetchall()
    assert calendar == [
        ("AUTO", -20, "past", False, "Acrobat Pro", Decimal("0.6"), Decimal("0.4")),
        ("AHEAD", 52, "60 days", False, None, None, None),
    ]

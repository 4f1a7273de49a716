"""Hand-made cases of the operations KPIs: each a few rows whose numbers can be checked by reading them.

Here: what a rule decides in a corner. Not here: random organisations (the twins), files and casts (landing's tests).
"""

from collections.abc import Callable, Mapping, Sequence

import duckdb

from tests.python.money.money_warehouse import Delivery, Row, cells

Build = Callable[[Sequence[Delivery], str], duckdb.DuckDBPyConnection]

D = "2026-06-30"
AT = "2026-06-30 02:00:00"


def parts(
    connection: duckdb.DuckDBPyConnection, kpi_id: str, day: str = D, dim: tuple[str, str] = ("all", "all")
) -> tuple[float, float] | None:
    """Numerator and denominator of a cell; None where there is no such cell."""
    cell: Mapping[str, object] | None = cells(connection, kpi_id).get((day, *dim))
    return None if cell is None else (float(str(cell["numerator"])), float(str(cell["denominator"])))


def asset(asset_id: str, **more: str) -> Row:
    """A retired laptop, unless told otherwise."""
    return {"asset_id": asset_id, "asset_class": "laptop", "status": "retired", **more}


def record(record_id: str, **more: str) -> Row:
    """A verified, certified purge of early June, unless told otherwise."""
    return {
        "record_id": record_id,
        "method": "purge",
        "performed_at": "2026-06-05 09:00:00",
        "verified_at": "2026-06-06 09:00:00",
        "result": "success",
        "certificate_id": f"CERT-{record_id}",
        **more,
    }


def wiped(build: Build, assets: Sequence[Row], records: Sequence[Row]) -> tuple[float, float] | None:
    """data_sanitization_rate of a register and a list of records."""
    deliveries = [Delivery("cmdb", "hardware_asset", AT, assets), Delivery("itad", "sanitization", AT, records)]
    return parts(build(deliveries, D), "data_sanitization_rate")


def test_every_medium_of_a_server_needs_its_own_record(build_assurance: Build) -> None:
    """One wiped disk of two is a data breach with a certificate."""
    server = {"asset_class": "server", "retired_date": "2026-06-01"}
    disks = [
        record("1", asset_id="S", method="destroy", media_serial="DISK1"),
        record("2", asset_id="S", media_serial="DISK2"),
    ]
    both = [disks[0], {**disks[1], "method": "destroy"}]
    assert wiped(build_assurance, [asset("S", **server)], disks) == (0, 1)
    assert wiped(build_assurance, [asset("S", **server)], both) == (1, 1)


def test_a_record_needs_verification_and_a_certificate(build_assurance: Build) -> None:
    """A supplier's word is not a proof."""
    leavers = [asset(x, retired_date="2026-06-01") for x in "ABC"]
    unverified = {k: v for k, v in record("1", asset_id="A").items() if k != "verified_at"}
    uncertified = {k: v for k, v in record("2", asset_id="B").items() if k != "certificate_id"}
    assert wiped(build_assurance, leavers, [unverified, uncertified, record("3", asset_id="C")]) == (1, 3)


def test_a_record_finds_its_asset_by_serial_only_when_one_asset_has_it(build_assurance: Build) -> None:
    """A certificate for somebody else's disk must not clear ours."""
    leavers = [
        asset("A", retired_date="2026-06-01", manufacturer="Dell", serial_number="SER-A1"),
        asset("B", retired_date="2026-06-01", manufacturer="Dell", serial_number="SAME-1"),
        asset("C", retired_date="2026-06-01", manufacturer="Lenovo", serial_number="SAME-1"),
        asset("D", retired_date="2026-06-01", manufacturer="Dell", serial_number="SER-D1"),
    ]
    records = [
        record("1", serial_number="ser a1"),
        record("2", serial_number="SAME1"),
        record("3", asset_id="D", serial_number="OTHER9"),
    ]
    assert wiped(build_assurance, leavers, records) == (1, 4)


def test_what_waits_unwiped_in_the_store_stays_in_the_rate(build_assurance: Build) -> None:
    """An old pile of disks does not disappear by getting older."""
    old = [asset("A", retired_date="2025-01-01"), asset("B", retired_date="2025-01-01")]
    gone = asset("C", status="disposed", retired_date="2025-01-01", disposed_date="2025-02-01")
    assert wiped(build_assurance, [*old, gone], [record("1", asset_id="B")]) == (0, 1)


def test_a_retirement_dated_tomorrow_is_none_yet(build_assurance: Build) -> None:
    """A planned date must not move today's number."""
    rows = [
        asset("A", asset_class="monitor", status="disposed", retired_date="2026-07-09", disposed_date="2026-06-20"),
        asset("B", asset_class="monitor", status="disposed", retired_date="2026-06-10", disposed_date="2026-06-20"),
        asset("C", asset_class="monitor", status="disposed", retired_date="2026-06-10", disposed_date="2026-07-20"),
    ]
    events = [{"event_id": "1", "asset_id": "A", "event_at": "2026-06-15 09:00:00", "event_type": "retire"}]
    deliveries = [
        Delivery("cmdb", "hardware_asset", AT, rows),
        Delivery("cmdb", "asset_event", AT, events),
        Delivery("itad", "sanitization", AT, []),
    ]
    assert parts(build_assurance(deliveries, D), "mean_time_to_decommission") == (5 + 10, 2)


def audit(audit_id: str, **more: str) -> Row:
    """An internal audit closed in spring, unless told otherwise."""
    return {
        "audit_id": audit_id,
        "audit_type": "internal",
        "status": "Closed",
        "started_on": "2026-01-01",
        "closed_on": "2026-04-01",
        **more,
    }


def test_findings_decide_only_when_no_audit_has_tests(build_assurance: Build) -> None:
    """Two ways to count success must never be added up."""
    findings = [
        {"finding_id": "1", "audit_id": "A", "opened_on": "2026-03-01", "severity": "major", "status": "open"},
        {"finding_id": "2", "audit_id": "B", "opened_on": "2026-03-01", "severity": "critical", "status": "withdrawn"},
        {"finding_id": "3", "audit_id": "B", "opened_on": "2026-03-01", "severity": "minor", "status": "open"},
    ]
    untested = [audit("A"), audit("B"), audit("C", tests_executed="0")]
    found = Delivery("grc", "audit_finding", AT, findings)
    assert parts(build_assurance([Delivery("grc", "audit", AT, untested), found], D), "audit_success_rate") == (2, 3)
    tested = [*untested, audit("E", tests_executed="10", tests_passed="7")]
    assert parts(build_assurance([Delivery("grc", "audit", AT, tested), found], D), "audit_success_rate") == (7, 10)


def test_without_findings_an_audit_without_tests_says_nothing(build_assurance: Build) -> None:
    """A missing feed must never look like success."""
    connection = build_assurance([Delivery("grc", "audit", AT, [audit("A")])], D)
    assert parts(connection, "audit_success_rate") == (0, 0)


def test_a_line_is_compared_with_what_the_register_said_then(build_assurance: Build) -> None:
    """Who moves an asset after the count must not make the count wrong, nor right."""
    before = asset("A", status="deployed", serial_number="SER-A1", manufacturer="Dell", location="Rome")
    after = {**before, "location": "Oslo"}
    line = {"location": "Rome", "expected_asset_id": "A", "found_serial": "SER-A1", "is_sample": "true"}
    lines = [
        {"count_id": "1", "line_id": "1", "counted_at": "2026-06-10 08:00:00", "found_location": "Rome", **line},
        {"count_id": "1", "line_id": "2", "counted_at": "2026-06-20 08:00:00", "found_location": "Rome", **line},
        {"count_id": "1", "line_id": "3", "counted_at": "2026-01-20 08:00:00", "found_location": "Rome", **line},
    ]
    deliveries = [
        Delivery("cmdb", "hardware_asset", "2026-06-10 02:00:00", [before]),
        Delivery("cmdb", "hardware_asset", "2026-06-20 02:00:00", [after]),
        Delivery("cmdb", "hardware_asset", AT, [after]),
        Delivery("stocktake", "physical_count", AT, lines),
    ]
    assert parts(build_assurance(deliveries, D), "physical_accuracy_rate") == (2, 3)


def test_an_evergreen_contract_is_decided_before_every_anniversary(build_assurance: Build) -> None:
    """A contract without an end renews in silence, year after year."""
    contracts = [
        {"contract_id": "K1", "contract_type": "saas", "supplier": "S", "start_date": "2020-02-29", "notice_days": "0"},
        {"contract_id": "K2", "contract_type": "saas", "supplier": "S", "start_date": "2026-06-30", "notice_days": "0"},
    ]
    events = [
        {
            "event_id": "1",
            "contract_id": "K1",
            "event_at": "2026-02-28 09:00:00",
            "event_type": "reviewed",
            "usage_evidence": "true",
        }
    ]
    deliveries = [
        *(Delivery("erp", "contract", f"2026-{month} 02:00:00", contracts) for month in ("04-20", "05-25", "06-30")),
        Delivery("crm", "renewal_event", AT, events),
    ]
    connection = build_assurance(deliveries, D)
    assert parts(connection, "renewal_optimization_rate", "2026-04-30") == (1, 1)
    assert parts(connection, "renewal_optimization_rate", "2026-05-28") == (1, 1)
    assert parts(connection, "renewal_optimization_rate", "2026-05-29") == (0, 0)
    assert parts(connection, "renewal_optimization_rate") == (0, 0)


def test_an_incident_on_two_names_of_one_asset_is_held_once(build_downtime: Build) -> None:
    """Time on hold is taken off once, however many names an asset has."""
    register = [{"asset_id": "A", "ci_id": "CI-A", "asset_class": "laptop", "status": "deployed"}]
    incidents = [
        {
            "incident_id": "1",
            "ci_id": ci,
            "record_type": "incident",
            "opened_at": "2026-06-10 08:00:00",
            "resolved_at": "2026-06-10 18:00:00",
            "status": "Closed",
            "category": "Hardware",
            "on_hold_seconds": "7200",
        }
        for ci in ("A", "CI-A")
    ]
    deliveries = [Delivery("cmdb", "hardware_asset", AT, register), Delivery("desk", "incident", AT, incidents)]
    assert parts(build_downtime(deliveries, D), "mean_time_to_repair") == (8, 1)


def test_an_end_told_later_does_not_reach_into_the_past(build_downtime: Build) -> None:
    """Yesterday's scorecard stays what yesterday could know."""
    register = [{"asset_id": "A", "asset_class": "laptop", "status": "deployed"}]
    opened = {
        "incident_id": "1",
        "ci_id": "A",
        "record_type": "incident",
        "opened_at": "2026-06-10 08:00:00",
        "status": "New",
        "category": "Hardware",
    }
    closed = {**opened, "status": "Closed", "resolved_at": "2026-06-10 12:00:00"}
    deliveries = [
        Delivery("cmdb", "hardware_asset", "2026-06-11 01:00:00", register),
        Delivery("desk", "incident", "2026-06-11 02:00:00", [opened]),
        Delivery("desk", "incident", "2026-06-18 02:00:00", [closed]),
    ]
    connection = build_downtime(deliveries, "2026-06-20")
    assert parts(connection, "mean_time_to_repair", "2026-06-17") is None
    assert parts(connection, "mean_time_to_repair", "2026-06-18") == (4, 1)


def test_an_unrecorded_laptop_is_owed_by_whom_discovery_saw(build_recovery: Build) -> None:
    """What the register forgot must still come back; a check-in before the proof is not a return."""
    register = [
        {
            "asset_id": "A",
            "asset_class": "laptop",
            "status": "deployed",
            "manufacturer": "Dell",
            "serial_number": "SER-A1",
        }
    ]
    leaver = {"person_id": "P", "spell_no": "1", "upn": "p@example.org", "hire_date": "2020-01-01"}
    left = {**leaver, "last_day_of_work": "2026-06-05"}
    device = {
        "device_id": "1",
        "manufacturer": "Dell",
        "serial_number": "SERA1",
        "user_ref": "P@example.org",
        "last_seen_at": "2026-06-04 08:00:00",
    }
    check_in = {"event_id": "1", "asset_id": "A", "event_at": "2026-06-04 12:00:00", "event_type": "checkin"}
    deliveries = [
        *(Delivery("cmdb", "hardware_asset", f"2026-06-{day} 02:00:00", register) for day in ("01", "10", "18", "26")),
        *(Delivery("hr", "person", f"2026-06-{day} 02:00:00", [left]) for day in ("01", "10", "18", "26")),
        Delivery("mdm", "device_discovery", "2026-06-05 02:00:00", [device]),
    ]
    early = Delivery("cmdb", "asset_event", AT, [check_in])
    assert parts(build_recovery([*deliveries, early], D), "asset_recovery_rate") == (0, 1)
    later = Delivery("cmdb", "asset_event", AT, [{**check_in, "event_at": "2026-06-05 03:00:00"}])
    assert parts(build_recovery([*deliveries, later], D), "asset_recovery_rate") == (1, 1)

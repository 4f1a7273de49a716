from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from itam.quality.policy import SEED, load
from tests.python.quality.conftest import Door, Row

AT = "2026-06-30T020000Z"
MANY = 60


def asset(n: int, **changed: Any) -> Row:
    """A register row with nothing wrong."""
    row = {
        "asset_id": f"A{n}",
        "serial_number": f"SN-{n:05}",
        "asset_class": "laptop",
        "status": "In use",
        "purchase_date": "2025-01-15",
        "purchase_cost": "900",
        "currency": "USD",
        "warranty_end": "2028-01-15",
    }
    return {**row, **changed}


def device(n: int, **changed: Any) -> Row:
    """A device, seen at a time of its own."""
    row = {
        "device_id": f"D{n}",
        "serial_number": f"SN-{n:05}",
        "last_seen_at": f"2026-06-29T{n % 24:02}:{n % 60:02}:00Z",
    }
    return {**row, **changed}


def person(n: int, **changed: Any) -> Row:
    """An employment that goes on."""
    return {"person_id": f"P{n}", "spell_no": 1, "upn": f"p{n}@x.example", "hire_date": "2020-01-01", **changed}


def seat(n: int, **changed: Any) -> Row:
    """A seat that somebody uses."""
    row = {
        "assignment_id": f"S{n}",
        "publisher": "Acme",
        "product": "Draw",
        "account_ref": f"p{n}@x.example",
        "activity_supported": True,
        "last_activity_at": "2026-06-20T10:00:00Z",
    }
    return {**row, **changed}


def line(n: int, **changed: Any) -> Row:
    """A line of the ledger."""
    row = {
        "line_id": f"L{n}",
        "posted_date": "2026-06-10",
        "fiscal_period": "2026-06",
        "amount": "120.50",
        "currency": "USD",
        "cost_category": "support",
    }
    return {**row, **changed}


def charge(n: int, **changed: Any) -> Row:
    """A line of a cloud bill."""
    row = {
        "BilledCost": "1.5",
        "EffectiveCost": "1.5",
        "BillingCurrency": "USD",
        "BillingAccountId": "acc",
        "BillingPeriodStart": "2026-06-01T00:00:00Z",
        "BillingPeriodEnd": "2026-07-01T00:00:00Z",
        "ChargePeriodStart": f"2026-06-{n % 28 + 1:02}T00:00:00Z",
        "ChargePeriodEnd": f"2026-06-{n % 28 + 2:02}T00:00:00Z",
        "ChargeCategory": "Usage",
        "ServiceProviderName": "Cloud",
        "ServiceName": "VM",
        "ResourceId": f"r{n}",
    }
    return {**row, **changed}


def incident(n: int, **changed: Any) -> Row:
    """An incident that was solved."""
    row = {
        "incident_id": f"I{n}",
        "ci_id": "",
        "record_type": "incident",
        "opened_at": "2026-06-01T08:00:00Z",
        "resolved_at": "2026-06-01T12:00:00Z",
        "status": "Closed",
    }
    return {**row, **changed}


def rate(day: int, value: str) -> Row:
    """A rate of a day."""
    return {
        "rate_date": f"2026-06-{day:02}",
        "from_currency": "EUR",
        "to_currency": "USD",
        "rate_type": "spot",
        "rate": value,
    }


def audit(n: int, **changed: Any) -> Row:
    """An audit that is closed."""
    row = {"audit_id": f"Q{n}", "audit_type": "internal", "status": "closed", "started_on": "2026-01-10"}
    return {**row, "closed_on": "2026-02-10", "tests_executed": 10, "tests_passed": 9, **changed}


def list_of(row: Callable[..., Row], count: int = MANY) -> list[Row]:
    """Rows with nothing wrong."""
    return [row(n) for n in range(count)]


CLEAN = {
    "hardware_asset": list_of(asset),
    "device_discovery": list_of(device),
    "person": list_of(person),
    "license_assignment": list_of(seat),
    "cost_line": list_of(line),
    "cloud_cost": list_of(charge),
    "incident": list_of(incident),
    "fx_rate": [rate(day, "1.10") for day in range(1, 20)],
    "audit": list_of(audit, 3),
}


def but(feed: str, count: int, row: Callable[..., Row], **changed: Any) -> tuple[str, list[Row]]:
    """The clean list with its first rows changed."""
    return feed, [row(n, **changed) for n in range(count)] + CLEAN[feed][count:]


WRONG = {
    "hardware_asset.dates_not_before": but("hardware_asset", 1, asset, purchase_date="1899-12-30"),
    "hardware_asset.dates_not_after": but("hardware_asset", 1, asset, warranty_end="2099-01-01"),
    "device_discovery.dates_not_before": but("device_discovery", 1, device, last_seen_at="1980-01-01T00:00:00Z"),
    "hardware_asset.currency_known": but("hardware_asset", 1, asset, currency="XTS"),
    "hardware_asset.currency_convertible": but("hardware_asset", 1, asset, currency="CHF"),
    "hardware_asset.references_found": but("hardware_asset", MANY, asset, assigned_person_id="nobody"),
    "hardware_asset.serials_given": but("hardware_asset", 10, asset, serial_number="To Be Filled By O.E.M."),
    "hardware_asset.cost_plausible": but("hardware_asset", 1, asset, purchase_cost="90000000"),
    "device_discovery.seen_apart": but("device_discovery", 58, device, last_seen_at="2026-06-30T02:00:00Z"),
    "person.leavers_apart": but("person", 20, person, termination_date="2026-06-30"),
    "person.accounts_own": but("person", 2, person, upn="shared@x.example"),
    "license_assignment.evidence_given": but("license_assignment", 60, seat, last_activity_at=None),
    "cost_line.amounts_plausible": but("cost_line", 1, line, amount="99000000"),
    "cloud_cost.charges_in_period": but("cloud_cost", 5, charge, ChargePeriodStart="2026-05-02T00:00:00Z"),
    "incident.ends_after_begin": but("incident", 5, incident, resolved_at="2026-05-01T00:00:00Z"),
    "audit.tests_within": but("audit", 1, audit, tests_passed=11),
    "fx_rate.rate_steady": ("fx_rate", [*CLEAN["fx_rate"], rate(20, "11.0")]),
    "values_readable": but("hardware_asset", 1, asset, warranty_end="next year"),
    "clock_skew": but("device_discovery", 5, device, last_seen_at="2026-07-05T00:00:00Z"),
    "rows_quarantined": but("hardware_asset", 10, asset, status=None),
}


def test_a_clean_delivery_of_every_feed_passes_everything(door: Door) -> None:
    """A gate that cries wolf is a gate that people switch off."""
    for feed, rows in CLEAN.items():
        door.deliver("source", feed, AT, rows)
    door.land()
    assert door.failed() == {}


@pytest.mark.parametrize("check", sorted(WRONG))
def test_what_is_wrong_with_a_delivery_is_found_and_named(door: Door, check: str) -> None:
    """Each of these has put a wrong number in front of somebody; the delivery that brought it must be named."""
    feed, rows = WRONG[check]
    for name, clean in CLEAN.items():
        door.deliver("source", name, AT, rows if name == feed else clean)
    door.land()
    assert door.failed().get(check) == [f"source/{feed}/{AT}"]


def test_an_export_that_changed_its_ids_is_no_new_estate(door: Door) -> None:
    """Half of all ids new and half gone, at equal length: every history would end that day and begin anew."""
    door.deliver("source", "hardware_asset", "2026-06-23T020000Z", CLEAN["hardware_asset"])
    door.deliver("source", "hardware_asset", AT, [asset(n, asset_id=f"new-{n}") for n in range(MANY)])
    door.land()
    assert door.failed() == {"keys_stable": [f"source/hardware_asset/{AT}"]}


def test_a_list_of_three_times_its_length_is_told(door: Door) -> None:
    """A join gone wrong multiplies rows, and landing refuses only what is too short."""
    for day in (9, 16, 23):
        door.deliver("source", "hardware_asset", f"2026-06-{day:02}T020000Z", CLEAN["hardware_asset"])
    door.deliver("source", "hardware_asset", AT, list_of(asset, 4 * MANY))
    door.land()
    assert door.failed() == {"row_growth": [f"source/hardware_asset/{AT}"]}


def test_no_example_of_a_failing_row_names_a_person(door: Door) -> None:
    """The log of the gate is published; who is behind a row is not."""
    for check in ("person.accounts_own", "person.leavers_apart", "hardware_asset.references_found"):
        feed, rows = WRONG[check]
        door.deliver(check.replace(".", "-"), feed, AT, rows)
    door.deliver("source", "person", AT, CLEAN["person"])
    door.land()
    told = " ".join(f.examples for f in door.findings())
    assert told
    assert "@" not in told
    assert "nobody" not in told


def test_every_check_has_a_meaning_and_every_meaning_a_check(door: Door) -> None:
    """A check without a severity stops a refresh; a severity without a check is a promise nobody keeps."""
    from itam.feeds import load_feeds
    from itam.quality import arrival, departure

    policy = load(None)
    suites = arrival.suites(load_feeds(), set(load_feeds()), policy, "USD") + departure.suites(policy)
    made = {e.check_id for suite in suites for e in suite.expectations}
    assert made == policy.check_ids, SEED

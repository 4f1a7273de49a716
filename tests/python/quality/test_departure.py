from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from itam.home import Home
from itam.quality import departure, gate, gx, ledger, report
from itam.quality import policy as gate_policy
from itam.quality.decisions import Decisions
from tests.python.publishing.conftest import build
from tests.python.refreshed_home import RefreshedHome

CELL = "where dim_type = 'all' and as_of_date = date '2026-06-30'"
HISTORY = """
insert into intermediate.int_calendar__as_of_dates
    select date '2026-06-29' - cast(i as integer), false from range(28) as t(i);
insert into marts.kpi_results by name
    select cell.* replace (cell.as_of_date - cast(t.i as integer) as as_of_date)
    from marts.kpi_results as cell, range(1, 29) as t(i) where dim_type = 'all' and as_of_date = date '2026-06-30';
"""
WRONG = {
    "unmapped_hardware_status": "update intermediate.int_assets__rows set canonical_status = null",
    "empty_estate": "update intermediate.int_assets__survivor_spans set valid_to = date '2026-06-15'",
    "reconciliation": "update quality.reconciliation set difference = 1",
    "delivery_accepted": "insert into raw.deliveries select * replace ('quarantined' as status) from raw.deliveries",
    "feed_on_time": "update raw.deliveries set extracted_at = timestamp '2026-06-28 02:00:00'",
    "feed_overdue": "update raw.deliveries set extracted_at = timestamp '2026-06-20 02:00:00'",
    "cells_unique": f"insert into marts.kpi_results select * from marts.kpi_results {CELL}",
    "known_words": "update marts.kpi_results set trust = 'fairly'",
    "finite_values": f"update marts.kpi_results set value = 'inf'::double {CELL}",
    "value_in_range": f"update marts.kpi_results set value = 1.5 {CELL}",
    "status_fits_value": f"update marts.kpi_results set status = 'no_population' {CELL}",
    "slices_add_up": f"update marts.kpi_results set numerator = numerator + 1 {CELL}",
    "every_kpi_reported": "insert into staging.stg_policy__kpi_definitions values ('another_kpi', 'rate')",
    "day_not_back": "insert into quality.kpi_result_log select 'deployment_rate', date '2026-07-31', 'all', 'all',"
    " 'r1', timestamp '2026-07-31', 1, 2, 0.5, 1, 'ok', true",
    "kpis_stay_measurable": "insert into quality.kpi_result_log select 'deployment_rate', date '2026-06-23', 'all',"
    " 'all', 'r1', timestamp '2026-06-23', 1, 2, 0.5, 1, 'ok', true;"
    f" update marts.kpi_results set status = 'not_measurable', value = null, reason = 'no feed' {CELL}",
    "kpi_jump": f"{HISTORY} update marts.kpi_results set value = 0.7 {CELL}",
    "inventory_accuracy": "insert into marts.kpi_results select * replace ('inventory_accuracy_rate' as kpi_id)"
    f" from marts.kpi_results {CELL}",
    "tables_keep_rows": "insert into quality.published_tables values ('dim_asset', 9); delete from marts.dim_asset",
    "tables_keep_size": "insert into quality.published_tables values ('kpi_results', 90)",
    "exceptions_refer": "update marts.kpi_exceptions set entity_id = 'no such asset'",
    "unlimited_left_out": "update marts.fct_license_position set required_rights = 4",
}


def failed(home: Home) -> set[str]:
    """The checks that do not pass."""
    with duckdb.connect(str(home.warehouse)) as con:
        policy = gate_policy.load(con)
    findings = gx.inspect(home.warehouse, departure.suites(policy), {"threads": 1})
    assert [f for f in findings if f.crash] == []
    return {f.check_id for f in findings if f.failing_rows}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Built marts with nothing wrong."""
    home = Home(tmp_path / "home")
    build(home)
    with duckdb.connect(str(home.warehouse)) as con:
        ledger.create(con, home.link)
    return home


def test_built_marts_with_nothing_wrong_pass(home: Home) -> None:
    """What blocks without cause is what people learn to accept without looking."""
    assert failed(home) == set()


@pytest.mark.parametrize("check", sorted(WRONG))
def test_what_is_wrong_with_built_marts_is_found(home: Home, check: str) -> None:
    """Each of these would be a wrong number on a CIO's desk."""
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute(WRONG[check])
    assert check in failed(home)


def test_every_check_of_the_way_out_has_been_seen_to_fail() -> None:
    """A check that never fails is no check."""
    made = {e.check_id for suite in departure.suites(gate_policy.load(None)) for e in suite.expectations}
    assert made == set(WRONG)


def test_the_page_of_a_refresh_needs_nothing_else_and_runs_nothing(home: Home) -> None:
    """It is opened from a mail on a machine without a network, and shows names that came in files."""
    hostile = "<script>alert(1)</script>"
    with duckdb.connect(str(home.warehouse)) as con:
        ledger.begin(con, "r1", report_time(), "1", "f")
        con.execute("update intermediate.int_assets__rows set canonical_status = null, raw_status = ?", [hostile])
        con.execute(
            "insert into quality.arrivals by name select 'r1' as refresh_id, batch_id as delivery, feed,"
            " extracted_at, status from raw.deliveries"
        )
        policy = gate_policy.load(con)
    findings = gate.Inspection(home, departure.suites(policy)).findings()
    results = gate.judge(findings, policy, Decisions([], report_time().date()))
    with duckdb.connect(str(home.warehouse)) as con:
        ledger.record_checks(con, "r1", report_time(), results)
    page = report.write(home, "r1").read_text(encoding="utf-8")
    assert hostile not in page
    assert "&lt;script&gt;alert(1)" in page
    assert all(word not in page for word in ("http:", "https:", "<script", "<link", "<img", "url("))
    assert "itam gate accept unmapped_hardware_status" in page
    assert "2026-06-30 02:00:00" in page  # what arrived


def report_time() -> datetime:
    """Some time."""
    return datetime(2026, 6, 30, 4)


def test_a_block_is_accepted_published_and_told_then_rejected_and_blocked(tmp_path: Path) -> None:
    """The whole way of a decision: from exit status 3 to a number that says who let it through, and back."""
    home = RefreshedHome(tmp_path)
    home.deliver(
        "cmdb",
        "hardware_asset",
        "2026-06-30T020000Z",
        """
        asset_id,asset_class,status
        A1,laptop,In use
        A2,laptop,Beamed up
        """,
    )
    itam = str(Path(sys.executable).with_name("itam"))
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()

    def decide(word: str) -> None:
        arguments = ["unmapped_hardware_status", "--reason", "known", "--by", "Ann", "--until", tomorrow]
        subprocess.run([itam, "gate", word, *arguments, "--home", str(tmp_path)], check=True, capture_output=True)

    assert home.refresh().returncode == 3
    decide("accept")
    done = home.refresh()
    assert done.returncode == 0, done.stdout + done.stderr
    ((reason,),) = home.published(
        "select reason from marts.kpi_results where kpi_id = 'deployment_rate' and dim_type = 'all'"
        " and as_of_date = (select max(as_of_date) from marts.kpi_results)"
    )
    assert f"Ann has accepted that until {tomorrow}: known." in reason
    log = "select decision, overridden_by, override_reason from marts.quality_gate_log where outcome = 'failed'"
    assert ("publish", "Ann", "known") in home.published(f"{log} and check_id = 'unmapped_hardware_status'")
    assert len(list((tmp_path / "reports" / "quality").glob("*.html"))) == 2
    decide("reject")
    assert home.refresh().returncode == 3

"""Nothing is lost between the delivered file and the published number, and where something is, the rule that sees it.

Here: a refreshed home, tampered with in one place after the other. Not here: what blocks a publication (the gate).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from itam.sample import write_sample
from tests.python.refreshed_home import RefreshedHome

ROOT = Path(__file__).resolve().parents[3]
RULES = {
    "rows_delivered",
    "rows_accepted",
    "rows_quarantined",
    "rows_listed",
    "rows_in_raw",
    "rows_in_staging",
    "sightings_in_staging",
    "entities_in_core",
    "money_in_core",
}


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> RefreshedHome:
    """A small organisation, refreshed once."""
    home = RefreshedHome(tmp_path_factory.mktemp("reconciled"))
    write_sample(home.root, assets=20, as_of=date(2026, 6, 30), seed=11, weeks=7)
    answer = home.refresh()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return home


@pytest.fixture
def tampered(refreshed: RefreshedHome) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse, for a test to spoil: what it changes is put back by file."""
    file = refreshed.root / "warehouse.duckdb"
    whole = file.read_bytes()
    with duckdb.connect(str(file)) as con:
        yield con
    file.write_bytes(whole)


def reconcile(home: RefreshedHome, con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Build the rules again; every difference by rule and subject."""
    con.close()
    place = ["--project-dir", str(ROOT), "--profiles-dir", str(ROOT), "--target-path", str(home.root / "target")]
    dbt = str(Path(sys.executable).with_name("dbt"))
    answer = subprocess.run(
        [dbt, "build", "--quiet", *place, "--log-path", str(home.root / "logs"), "--select", "path:models/quality"],
        env={**os.environ, "ITAM_HOME": str(home.root)},
        capture_output=True,
        text=True,
        check=False,
        cwd=home.root,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    rows = home.landed(
        "select rule, subject, difference, explained, reasons from quality.reconciliation where difference <> 0"
        " or rule = 'published_days'"
    )
    return {
        (rule, subject): (float(difference), float(explained), why)
        for rule, subject, difference, explained, why in rows
    }


def test_everything_is_accounted_for(refreshed: RefreshedHome) -> None:
    """A dirty organisation reconciles by every rule, with exclusions that have names."""
    rows = refreshed.landed("select rule, difference from quality.reconciliation")
    assert {rule for rule, _ in rows} == RULES
    assert [row for row in rows if row[1] != 0] == []
    excluded = refreshed.landed("select count(*) from quality.reconciliation where explained <> 0 and reasons is null")
    assert excluded == [(0,)]
    assert refreshed.told("select count(*) > 50 from quality.reconciliation") == [(True,)]


TAMPERING = {
    (
        "rows_delivered",
        "%/person",
    ): "update raw.deliveries set rows_delivered = rows_delivered + 1 where feed = 'person'",
    ("rows_accepted", "%/contract"): (
        "update raw.deliveries set rows_unchanged = rows_unchanged + 1 where feed = 'contract' and status = 'accepted'"
    ),
    ("rows_quarantined", "%/%"): "delete from raw.quarantined_rows",
    ("rows_listed", "%/audit"): (
        "update raw.deliveries set rows_deleted = rows_deleted + 1 where feed = 'audit' and status = 'accepted'"
    ),
    ("rows_in_raw", "entitlement"): "delete from raw.entitlement where rowid = 0",
    ("rows_in_staging", "fx_rate"): "delete from staging.stg_reference__fx_rate where rowid % 2 = 0",
    ("sightings_in_staging", "device_discovery"): (
        "delete from staging.stg_discovery__device_discovery_sightings where rowid = 0"
    ),
    ("entities_in_core", "hardware_asset in dim_asset"): "delete from marts.dim_asset where rowid = 0",
    ("entities_in_core", "device_discovery in dim_device"): (
        "insert into marts.dim_device select * from marts.dim_device limit 1"
    ),
    ("entities_in_core", "incident in fct_incidents"): "delete from marts.fct_incidents where rowid = 0",
    ("money_in_core", "ledger USD amount"): (
        "update marts.fct_costs set line_amount = line_amount + 0.01 where currency = 'USD' and line_id is not null"
    ),
    (
        "money_in_core",
        "ledger EUR base_amount",
    ): "delete from marts.fct_costs where currency = 'EUR' and link is not null",
    ("money_in_core", "cloud bills USD amount"): "update marts.fct_cloud_costs set effective_cost = effective_cost + 1",
}


def test_each_loss_is_seen_by_its_rule(refreshed: RefreshedHome, tampered: duckdb.DuckDBPyConnection) -> None:
    """A row, an entity or a cent that goes missing on any stage is named, with the stage."""
    for statement in TAMPERING.values():
        tampered.execute(statement)
    found = reconcile(refreshed, tampered)
    with duckdb.connect() as con:
        for rule, subject in TAMPERING:
            seen = [s for r, s in found if r == rule and con.execute("select ? like ?", [s, subject]).fetchall()[0][0]]
            assert seen, f"{rule} {subject}: not seen in {sorted(found)}"


@pytest.mark.parametrize(("shares", "is_seen"), [(0, True), (300_000, False)])
def test_what_rounding_so_many_shares_loses_is_no_loss(
    refreshed: RefreshedHome, tampered: duckdb.DuckDBPyConnection, shares: int, is_seen: bool
) -> None:
    """A line over a million assets is published as a million rounded shares: eleven cents must not stop a group."""
    one = "from marts.fct_costs where currency = 'USD' and link is not null and line_id is not null limit 1"
    tampered.execute(f"create temp table lost as select * replace (-0.11 as share_amount_base) {one}")
    tampered.execute("insert into marts.fct_costs from lost")
    tampered.execute(
        "insert into marts.fct_costs select lost.* replace (0 as share_amount_base) from lost, range(?)", [shares]
    )
    assert (("money_in_core", "ledger USD base_amount") in reconcile(refreshed, tampered)) == is_seen


def test_a_published_day_does_not_change_by_itself(
    refreshed: RefreshedHome, tampered: duckdb.DuckDBPyConnection
) -> None:
    """Yesterday's number is yesterday's number, unless a delivery or another policy has changed it."""
    subject = ("published_days", "deployment_rate 2026-05-31")
    tampered.execute(
        "update marts.kpi_results set numerator = numerator + 1"
        " where kpi_id = 'deployment_rate' and as_of_date = '2026-05-31'"
    )
    run = "insert into quality.runs (refresh_id, started_at, outcome, rules_fingerprint)"
    tampered.execute(f"{run} select '9999', started_at, 'running', rules_fingerprint from quality.runs")
    found = reconcile(refreshed, tampered)
    assert list(found) == [subject]
    assert found[subject][0] > 0
    assert found[subject][2] is None
    with duckdb.connect(str(refreshed.root / "warehouse.duckdb")) as con:
        con.execute("update quality.runs set rules_fingerprint = 'other' where refresh_id = '9999'")
    found = reconcile(refreshed, con)
    assert found[subject][0] == 0
    assert found[subject][2] == "policy, settings or formula changed"
    with duckdb.connect(str(refreshed.root / "warehouse.duckdb")) as con:
        con.execute(
            "insert into quality.arrivals by name select '9999' as refresh_id, 'cmdb/late' as delivery,"
            " 'hardware_asset' as feed, timestamp '2026-05-20' as extracted_at, 'accepted' as status"
        )
    found = reconcile(refreshed, con)
    assert found[subject][0] == 0
    assert found[subject][2] == "late delivery cmdb/late"

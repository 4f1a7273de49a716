"""What people and machines do to a home: clocks, second refreshes, files that were deleted, cut short or too new."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from itam.home import Home
from itam.publishing import publish, read
from tests.python.faults.conftest import ROOT, light, run, values
from tests.python.landing.conftest import Landed, assets


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that has published 4 / 8."""
    home = Home(tmp_path / "home")
    assert light(home, 4).returncode == 0
    return home


def last_run(home: Home) -> tuple[str, str]:
    """How the newest refresh ended, by its id."""
    with read.open_status(home) as status:
        ((outcome, reason),) = status.execute(
            "select outcome, reason from runs order by refresh_id desc limit 1"
        ).fetchall()
    return outcome, reason


def test_a_clock_set_back_a_day(home: Home) -> None:
    """The newest refresh stays the newest: its numbers are served, its log comes last, its files are kept."""
    assert light(home, 6, "clock@-1").returncode == 0
    assert light(home, 7, "clock@-1").returncode == 0
    assert values(home) == [(0.875,)]
    with read.open_marts(home) as con:
        logged = con.execute(
            "select value, is_first_reported from kpi_result_log where dim_type = 'all' and as_of_date = '2026-06-30'"
            " order by refresh_id"
        ).fetchall()
    assert logged == [(0.5, True), (0.75, False), (0.875, False)]
    assert last_run(home)[0] == "published"
    assert light(home, 2).returncode == 0
    assert values(home) == [(0.25,)]


def test_two_refreshes_at_once(home: Home) -> None:
    """The second one says so and leaves with 1; the first one ends as if nobody had come."""
    arguments = [sys.executable, "-m", "tests.python.faults.light", str(home.root), "6"]
    first = subprocess.Popen([*arguments, "wait@itam.refresh:build:before"], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        until = time.monotonic() + 120
        while not (home.root / "waiting").exists():
            assert time.monotonic() < until
            assert first.poll() is None
            time.sleep(0.05)
        began = time.monotonic()
        second = run("itam.cli.main", "refresh", "--home", home.root)
        assert second.returncode == 1
        assert "another refresh" in second.stderr
        assert len(second.stderr.strip().splitlines()) == 1
        assert time.monotonic() - began < 60
        assert values(home) == [(0.5,)]
    finally:
        (home.root / "go").touch()
        first.communicate(timeout=300)
    assert first.returncode == 0
    assert values(home) == [(0.75,)]


def test_a_version_deleted_by_hand(home: Home) -> None:
    """Whoever cleans up too much is told what to do, and the next refresh puts everything back."""
    publish.remove(*home.versions.iterdir())
    asked = run("itam.cli.main", "scorecard", "--home", home.root)
    assert asked.returncode == 1
    assert "itam refresh" in asked.stderr
    assert light(home, 4).returncode == 0
    assert values(home) == [(0.5,)]
    with read.open_marts(home) as con:
        assert con.execute("select count(*) from kpi_result_log where not is_first_reported").fetchall() == [(0,)]
    assert (home.parquet_link / "kpi_results.parquet").exists()


@pytest.mark.parametrize("point", ["itam.quality.ledger:begin:before", "itam.quality.ledger:begin:after"])
def test_the_warehouse_deleted_and_a_crash_on_top(home: Home, point: str) -> None:
    """A new warehouse takes over what was published, once, also when it dies while doing so."""
    with read.open_marts(home) as con:
        before = con.execute("select * from kpi_result_log order by all").fetchall()
    home.warehouse.unlink()
    assert light(home, 6, f"die@{point}").returncode == -9
    assert light(home, 6).returncode == 0
    with read.open_marts(home) as con, read.open_status(home) as status:
        after = con.execute("select * from kpi_result_log where is_first_reported order by all").fetchall()
        outcomes = status.execute("select outcome from runs order by refresh_id").fetchall()
    assert after == before
    assert outcomes[0] == outcomes[-1] == ("published",)


def cut(share: float, home: Home) -> None:
    """Cut the warehouse short."""
    os.truncate(home.warehouse, int(home.warehouse.stat().st_size * share))


def grow_up(home: Home) -> None:
    """Make the header of the warehouse say that a later DuckDB wrote it, with the checksum that goes with it."""
    data = bytearray(home.warehouse.read_bytes()[:4096])
    struct.pack_into("<Q", data, 12, 999)
    checksum = 5381
    for (word,) in struct.iter_unpack("<Q", data[8:]):
        checksum ^= word * 0xBF58476D1CE4E5B9 & (1 << 64) - 1
    struct.pack_into("<Q", data, 0, checksum)
    with home.warehouse.open("r+b") as stream:
        stream.write(data)


def overtake(home: Home) -> None:
    """Make the warehouse one of a later version of the project."""
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute("create schema if not exists landing")
        con.execute("create table landing.meta as select 99 as schema_version")


SPOILED: dict[str, tuple[Callable[[Home], object], str]] = {
    "empty": (lambda home: cut(0, home), "damaged"),
    "its header alone": (lambda home: os.truncate(home.warehouse, 4096), "damaged"),
    "half": (lambda home: cut(0.5, home), "damaged"),
    "almost whole": (lambda home: cut(0.99, home), "damaged"),
    "another file": (lambda home: home.warehouse.write_bytes(b"hello" * 10_000), "damaged"),
    "a later DuckDB": (grow_up, "newer version"),
    "a later project": (overtake, "newer version"),
}


OPENED = ("almost whole", "a later project")
"""Cases that DuckDB opens, so that the refresh notes in them that it runs."""


@pytest.mark.parametrize("case", SPOILED)
def test_a_warehouse_that_cannot_be_used(home: Home, case: str) -> None:
    """One sentence that says what to do, no damage: the file stays as it is and readers keep the last good marts."""
    spoil, words = SPOILED[case]
    spoil(home)
    before = home.warehouse.read_bytes()
    failed = run("itam.cli.main", "refresh", "--home", home.root, "--quiet")
    told = (failed.stdout + failed.stderr).strip().splitlines()
    assert failed.returncode == 1, told
    assert len(told) == 1, told
    assert words in told[0]
    assert "move the file away" in told[0]
    assert home.warehouse.read_bytes() == before or case in OPENED
    assert values(home) == [(0.5,)]
    assert last_run(home)[0] == "failed"
    home.warehouse.rename(home.root / "away.duckdb")
    assert light(home, 4).returncode == 0
    assert values(home) == [(0.5,)]


def test_the_warehouse_deleted(tmp_path: Path) -> None:
    """Everything that was delivered is built again from the kept files, and a later history goes on from there."""
    landed, calm = Landed(tmp_path / "home"), Landed(tmp_path / "calm")
    for place in (landed, calm):
        place.deliver("2026-06-01T020000Z.csv", assets([("A", "in use"), ("B", "in use"), ("B", "again")]))
        place.deliver("2026-06-08T020000Z.csv", assets([("A", "in stock")]))
        place.land()
    (landed.home / "warehouse.duckdb").unlink()
    for place in (landed, calm):
        place.deliver("2026-06-15T020000Z.csv", assets([("A", "in use"), ("C", "in use")]))
        place.land()
    assert landed.raw() == calm.raw()

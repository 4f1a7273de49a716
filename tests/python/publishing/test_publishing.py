from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import filelock
import pytest

from itam.home import Home
from itam.publishing import publish, read

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = "tests.python.publishing.killed"
POINTS = [
    "itam.refresh:land:before",
    "itam.refresh:build:before",
    "itam.refresh:check:before",
    "itam.quality.ledger:record_checks:before",
    "itam.quality.ledger:record_checks:after",
    "itam.quality.ledger:record_cells:after",
    "itam.publishing.publish:copy_comments:before",
    "itam.publishing.publish:write_version:after",
    "itam.publishing.publish:repoint:before",
    "itam.publishing.publish:repoint:after",
    "itam.publishing.publish:swap_in:after",
    "itam.publishing.publish:tidy:after",
    "itam.publishing.status:write:before",
    "itam.publishing.status:replace:before",
]


def run(home: Home, numerator: int, point: str = "") -> subprocess.CompletedProcess[str]:
    """One refresh in a process of its own."""
    arguments = [sys.executable, "-m", SCRIPT, str(home.root), str(numerator), *([point] if point else [])]
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)


def picture(home: Home) -> dict[str, Any]:
    """Everything readers can see, without the ids and times that differ by nature."""
    with read.open_marts(home) as con, read.open_status(home) as status:
        return {
            "cells": con.execute("select * from kpi_results order by all").fetchall(),
            "log": con.execute(
                "select kpi_id, as_of_date, dim_type, dim_value, numerator, denominator, value, coverage, status,"
                " is_first_reported, dense_rank() over (order by refresh_id)"
                " from kpi_result_log order by all"
            ).fetchall(),
            "gate": con.execute(
                "select check_id, delivery, outcome, dense_rank() over (order by refresh_id)"
                " from quality_gate_log order by all"
            ).fetchall(),
            "parquet": duckdb.sql(f"select * from '{home.parquet_link}/kpi_results.parquet' order by all").fetchall(),
            "versions": len(list(home.versions.iterdir())),
            "outcome": status.execute("select outcome from runs order by refresh_id desc limit 1").fetchall(),
            "published": status.execute("select count(*) from runs where outcome = 'published'").fetchall()[0][0] > 0,
        }


@pytest.mark.parametrize("point", POINTS)
def test_a_refresh_killed_anywhere_and_run_again_ends_as_if_nothing_had_happened(tmp_path: Path, point: str) -> None:
    """A machine that stops in the middle of a publication must not cost anybody a number."""
    calm, killed = Home(tmp_path / "calm"), Home(tmp_path / "killed")
    for home in (calm, killed):
        assert run(home, 4).returncode == 0
    assert run(calm, 6).returncode == 0

    assert run(killed, 6, point).returncode == -9
    with read.open_marts(killed) as con:  # readers never see a half: all cells are of one version
        assert con.execute("select count(*), count(distinct value) from kpi_results").fetchall() == [(6, 1)]
    assert run(killed, 6).returncode == 0

    after = picture(killed)
    expected = picture(calm)
    if "published" in _end_of_killed(killed):  # readers already had it: the run after it is a third one, without news
        assert after["log"] == expected["log"]
        assert after["cells"] == expected["cells"] == after["parquet"]
    else:
        assert after == expected


def _end_of_killed(home: Home) -> str:
    with read.open_status(home) as con:
        (outcome,) = con.execute("select outcome from runs order by refresh_id limit 1 offset 1").fetchall()[0]
    return str(outcome)


def test_the_log_keeps_what_was_first_reported_and_each_change(home: Home) -> None:
    """A number that changes later is no scandal as long as both numbers are kept."""
    for numerator in (4, 4, 6):
        assert run(home, numerator).returncode == 0
    with read.open_marts(home) as con:
        rows = con.execute(
            "select value, is_first_reported from kpi_result_log where dim_type = 'all' and as_of_date = '2026-06-30'"
            " order by refresh_id"
        ).fetchall()
    assert rows == [(0.5, True), (0.75, False)]


def test_a_new_warehouse_remembers_what_was_published(home: Home) -> None:
    """Deleting the warehouse to rebuild it must not rewrite what was first reported."""
    assert run(home, 4).returncode == 0
    home.warehouse.unlink()
    assert run(home, 6).returncode == 0
    with read.open_marts(home) as con:
        rows = con.execute(
            "select distinct value, is_first_reported from kpi_result_log where dim_type = 'all' order by all"
        ).fetchall()
    assert rows == [(0.5, True), (0.75, False)]


def test_a_blocked_refresh_keeps_the_last_good_marts_and_says_why(home: Home) -> None:
    """A rate of 150 % must not reach a board, and the last good number must stay there."""
    assert run(home, 4).returncode == 0
    blocked = run(home, 12)
    assert blocked.returncode == 3
    assert blocked.stdout.splitlines()[-1].startswith("blocked: value_in_range: deployment_rate 2026-05-31")
    with read.open_marts(home) as con, read.open_status(home) as status:
        assert con.execute("select distinct value from kpi_results").fetchall() == [(0.5,)]
        assert con.execute("select distinct value from kpi_result_log").fetchall() == [(0.5,)]
        outcomes = status.execute("select outcome from runs order by refresh_id").fetchall()
        assert outcomes == [("published",), ("blocked",)]
        failed = "select check_id from quality_gate_log where outcome = 'failed'"
        assert status.execute(failed).fetchall() == [("value_in_range",)]


def test_the_first_refresh_blocked_publishes_no_file(home: Home) -> None:
    """Where nothing good was ever published, there is nothing to read."""
    assert run(home, 12).returncode == 3
    assert not home.link.exists()
    assert home.status.exists()


def test_a_second_refresh_at_once_steps_back(home: Home) -> None:
    """A scheduler and a person starting at the same minute must not both write."""
    home.create()
    with filelock.FileLock(home.lock):
        second = subprocess.run(
            [sys.executable, "-m", "itam.cli.main", "refresh", "--home", str(home.root)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert second.returncode == 1
    assert "another refresh" in second.stderr.splitlines()[-1]
    assert not home.warehouse.exists()


def test_a_warehouse_open_elsewhere_is_one_line_and_a_status_file(home: Home) -> None:
    """An analyst who left the warehouse open is told, and so is everybody who reads the status."""
    assert run(home, 4).returncode == 0
    with duckdb.connect(str(home.warehouse)):
        failed = run(home, 6)
    assert failed.returncode == 1
    assert failed.stdout.startswith("failed: the warehouse is open in another program")
    with read.open_status(home) as status:
        outcomes = status.execute("select outcome from runs order by refresh_id").fetchall()
    assert outcomes == [("published",), ("failed",)]
    assert run(home, 6).returncode == 0


def test_readers_in_a_loop_never_see_a_mixture_or_nothing(home: Home) -> None:
    """A dashboard that polls all day must never show half of two versions."""
    assert run(home, 1).returncode == 0
    seen: list[tuple[int, int]] = []
    errors: list[Exception] = []
    done = threading.Event()

    def poll() -> None:
        while not done.is_set():
            try:
                with read.open_marts(home) as con:
                    seen.extend(con.execute("select count(*), count(distinct value) from kpi_results").fetchall())
            except Exception as error:
                errors.append(error)

    readers = [threading.Thread(target=poll) for _ in range(3)]
    for reader in readers:
        reader.start()
    for numerator in (2, 3, 4):
        assert run(home, numerator).returncode == 0
    done.set()
    for reader in readers:
        reader.join()
    assert not errors
    assert set(seen) == {(6, 1)}


def test_a_reader_with_the_old_file_open_is_not_disturbed(home: Home) -> None:
    """A report that takes an hour sees one consistent picture to its end."""
    assert run(home, 1).returncode == 0
    with read.open_marts(home) as con:
        for numerator in (2, 3, 4):
            assert run(home, numerator).returncode == 0
        assert con.execute("select distinct value from kpi_results").fetchall() == [(0.125,)]


def test_two_versions_stay_read_only_with_their_parquet(home: Home) -> None:
    """One step back is always possible, and nobody edits what was published."""
    for numerator in (1, 2, 3):
        assert run(home, numerator).returncode == 0
    assert len(list(home.versions.glob("itam_*.duckdb"))) == 2
    assert len(list(home.versions.glob("parquet_*"))) == 2
    assert len(list(home.versions.iterdir())) == 4
    assert not str(home.link.readlink()).startswith("/")
    for file in home.versions.rglob("*.*"):
        assert file.stat().st_mode & 0o222 == 0


def test_only_public_tables_leave_the_warehouse_and_take_their_description_along(
    home: Home, filled: Callable[..., None]
) -> None:
    """What is not declared public stays inside."""
    filled(home)
    assert publish.public_tables(home.dbt_target / "manifest.json") == ["kpi_results"]
    assert run(home, 4).returncode == 0
    with read.open_marts(home) as con:
        tables = con.execute("select table_name, comment from duckdb_tables() order by 1").fetchall()
    assert [t for t, _ in tables] == ["kpi_result_log", "kpi_results", "quality_gate_log"]
    assert tables[1][1] == "One row per KPI, day and slice."


@pytest.mark.parametrize(
    "sql",
    [
        "create table t as select 1",
        "create temp table t as select 1",
        "delete from kpi_results",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "attach '/tmp/elsewhere.duckdb' as e",
        "copy kpi_results to '/tmp/out.csv'",
        "export database '/tmp/out'",
        "set memory_limit = '1GB'",
        "install excel",
        "call pragma_version()",
        "select 1; select 2",
        "",
        "checkpoint",
    ],
)
def test_a_query_cannot_do_more_than_read_the_published_file(home: Home, filled: Callable[..., None], sql: str) -> None:
    """A dashboard user must not be able to read or change anything else."""
    assert run(home, 4).returncode == 0
    with read.open_marts(home) as con, pytest.raises((duckdb.Error, read.NotReadOnlyError)):
        read.select(con, sql).fetchall()


@pytest.mark.parametrize(
    "sql", ["from kpi_results", "show tables", "describe kpi_results", "explain select 1", "values (1)"]
)
def test_a_query_can_read_in_every_usual_way(home: Home, sql: str) -> None:
    """Analysts type what they are used to."""
    assert run(home, 4).returncode == 0
    with read.open_marts(home) as con:
        assert read.select(con, sql).fetchall()

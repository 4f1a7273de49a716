"""Whole refreshes under Dagster, in processes of their own as in life: the same tables as by hand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from itam.home import PROJECT_DIR, Home
from itam.sample import write_sample
from tests.python.refreshed_home import ITAM

pytestmark = pytest.mark.slow

OF_A_RUN = {"kpi_result_log": {"refresh_id", "computed_at"}, "quality_gate_log": {"refresh_id", "checked_at"}}
"""Columns that differ by nature between two refreshes of the same deliveries."""
AS_OF = "2026-06-30"


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A sample organisation that nobody has refreshed yet, with its key."""
    from datetime import date

    from itam.privacy import key

    home = Home(tmp_path_factory.mktemp("whole") / "delivered")
    home.create()
    write_sample(home.root, assets=60, as_of=date.fromisoformat(AS_OF), seed=1, weeks=6)
    key.secret_key(home.root)
    return home


def copy(home: Home, name: str) -> Home:
    """Another home with the same deliveries."""
    place = home.root.with_name(name)
    shutil.copytree(home.root, place, symlinks=True)
    return Home(place)


def by_dagster(home: Home, **said: str) -> subprocess.CompletedProcess[str]:
    """One run of the job, executed as the daemon's launcher would: in a fresh process."""
    state = home.root / "dagster"
    state.mkdir(exist_ok=True)
    shutil.copyfile(PROJECT_DIR / "orchestration" / "dagster.yaml", state / "dagster.yaml")
    config = state / "run_config.yaml"
    config.write_text(json.dumps({"resources": {"refresh": {"config": {"home": str(home.root), **said}}}}))
    command = [str(Path(sys.executable).with_name("dagster")), "job", "execute", "-m", "orchestration.definitions"]
    return subprocess.run(
        [*command, "-j", "refresh", "--config", str(config)],
        cwd=PROJECT_DIR,
        env={**os.environ, "ITAM_HOME": str(home.root), "DAGSTER_HOME": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )


def by_hand(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`itam` as a person types it."""
    return subprocess.run(
        [str(ITAM), *arguments, "--home", str(home.root)], capture_output=True, text=True, check=False
    )


def tables(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that is published, without what differs by nature."""
    with duckdb.connect(str(home.link.resolve()), read_only=True) as con:
        names = [
            t for (t,) in con.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        ]
        found = {}
        for name in sorted(names):
            columns = [c for c, *_ in con.execute(f"describe marts.{name}").fetchall()]
            kept = ", ".join(
                f'"{c}"' for c in columns if c not in OF_A_RUN.get(name, set()) and not c.startswith("first_re")
            )
            found[name] = con.execute(f"select {kept} from marts.{name} order by all").fetchall()
    return found


def test_a_run_and_a_command_give_the_same_tables(delivered: Home) -> None:
    """Who debugs by hand what ran at night must see what ran at night."""
    typed, run = copy(delivered, "typed"), copy(delivered, "run")
    assert by_hand(typed, "refresh", "--quiet").returncode == 0
    done = by_dagster(run)
    assert done.returncode == 0, done.stderr[-3000:]
    expected, found = tables(typed), tables(run)
    assert list(found) == list(expected)
    assert [name for name in expected if expected[name] != found[name]] == []
    assert (run.warehouse.stat().st_mode & 0o777) == (typed.warehouse.stat().st_mode & 0o777) == 0o600

    past = by_dagster(run, as_of="2026-06-10")
    assert past.returncode == 0, past.stderr[-3000:]
    assert by_hand(typed, "refresh", "--quiet", "--as-of", "2026-06-10").returncode == 0
    assert tables(run)["kpi_results"] == tables(typed)["kpi_results"]
    first = "select count(*) from marts.kpi_result_log where as_of_date = '2026-06-10' and is_first_reported"
    with duckdb.connect(str(run.link.resolve()), read_only=True) as con:
        assert con.execute(first).fetchall()[0][0] > 0


def test_deliveries_read_again_give_the_same_tables(delivered: Home) -> None:
    """Reading three years again in one command must repair what was wrong and move nothing that was right."""
    home = copy(delivered, "again")
    assert by_hand(home, "refresh", "--quiet").returncode == 0
    before = tables(home)
    for since in ("2026-06-20", "2020-01-01"):
        done = by_hand(home, "reland", "--since", since, "--quiet")
        assert done.returncode == 0, done.stdout + done.stderr
        after = tables(home)
        assert [name for name in before if before[name] != after[name] and name != "quality_gate_log"] == []
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        pending = con.execute("select count(*) from raw.deliveries where status = 'pending'").fetchall()
    assert pending == [(0,)]


def test_a_feed_that_stops_makes_its_kpis_not_measurable(delivered: Home) -> None:
    """A schedule moves the day on although nothing comes: after carry_days a KPI says so instead of staying green."""
    home = copy(delivered, "stopped")
    assert by_hand(home, "refresh", "--quiet").returncode == 0
    for day, expected in (("2026-07-08", "ok"), ("2026-07-12", "not_measurable")):
        done = by_dagster(home, not_before=day)
        assert done.returncode == 0, done.stderr[-3000:]
        with duckdb.connect(str(home.link.resolve()), read_only=True) as con:
            status = con.execute(
                "select status from marts.kpi_results where kpi_id = 'deployment_rate' and dim_type = 'all'"
                " and as_of_date = ?",
                [day],
            ).fetchall()
        assert status == [(expected,)]

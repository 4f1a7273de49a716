"""kill -9 at named points of a refresh, then a rerun: every table is that of an undisturbed run, byte for byte.

Here: real homes and real dbt, so minutes. Points of landing are tried on landing, points behind dbt on models that
stand already, points within dbt on whole refreshes. Smaller runs of the first two are among the tests of landing and
of publishing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from itam.home import Home
from itam.publishing import read
from itam.sample import write_sample

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[3]
AS_OF, BEFORE = "2026-06-30", "2026-06-15"

POINTS = {
    "landed": {
        "before anything is written": "call:itam.refresh:begin:before",
        "the refresh is noted": "call:itam.refresh:begin:after",
        "raw tables are there": "call:itam.landing.ledger:Ledger.prepare:after",
        "policy is landed": "call:itam.landing.policy:land_policy:after",
        "a delivery is read, not written": "landing:staged:3",
        "one of two logs is written": "landing:log written:4",
        "a delivery is written, not committed": "landing:before commit:6",
        "a delivery is committed, its file not moved": "landing:committed:9",
        "files of one source are moved": "landing:kept:2",
        "between two moves": "call:itam.landing.inbox:keep:before:4",
        "landed, quarantine not written": "call:itam.landing.housekeeping:write_quarantine:before",
        "landed, D not settled": "call:itam.landing.as_of:request:before",
        "landed, arrivals not noted": "call:itam.quality.ledger:record_arrivals:before",
        "arrivals are noted": "call:itam.quality.ledger:record_arrivals:after",
    },
    "whole": {
        "dbt builds staging": "node:staging.stg_hr__person",
        "dbt builds identity": "node:intermediate.int_assets__survivor_spans",
        "dbt builds results": "node:marts.kpi_results",
        "dbt has ended": "call:itam.refresh:run_dbt:after",
    },
    "built": {
        "before what arrived is looked at": "call:itam.refresh:arrive:before",
        "what arrived is judged": "call:itam.quality.ledger:record_checks:after",
        "before the gate": "call:itam.refresh:check:before",
        "gate results are not written": "call:itam.quality.ledger:record_checks:before:2",
        "gate results are written": "call:itam.quality.ledger:record_checks:after:2",
        "first reports are logged": "call:itam.quality.ledger:record_cells:after",
        "copying, some tables done": "call:itam.publishing.publish:copy_comments:before:9",
        "copied, not named": "call:itam.publishing.publish:sync:before",
        "the version is complete": "call:itam.publishing.publish:write_version:after",
        "before the link moves": "call:itam.publishing.publish:repoint:before",
        "the link has moved, Parquet's has not": "call:itam.publishing.publish:repoint:after",
        "both links have moved": "call:itam.publishing.publish:swap_in:after",
        "old versions are removed": "call:itam.publishing.publish:tidy:after",
        "the status is not written": "call:itam.publishing.status:write:before",
        "the status is not swapped in": "call:itam.publishing.status:replace:before",
    },
}
SMALL = """check_id,feed,severity,tolerance,owner_role,reason,what_to_do
tables_keep_rows,,warn,,itam,With a dozen assets the last leaver may leave a table,Nothing
"""
EXIT_OF = {"landed": 3, "whole": 0, "built": 0}

OF_A_RUN = {
    "kpi_result_log": "exclude (refresh_id, computed_at)",
    "mart_restatements": "exclude (first_refresh_id, first_reported_at)",
    "raw.kept_files": "exclude (kept_bytes)",
}
"""What differs between two runs by nature: their ids and times."""


def raw_picture(home: Home) -> dict[str, Any]:
    """Every table of raw, what arrived when, and where the files are."""
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        names = con.execute("select table_name from duckdb_tables() where schema_name = 'raw' order by 1").fetchall()
        tables = {
            f"raw.{name}": con.execute(f"select columns(c -> c <> 'row_id') from raw.{name} order by all").fetchall()
            for (name,) in names
        }
        tables["arrivals"] = con.execute(
            "select delivery, feed, extracted_at, status, content from quality.arrivals order by all"
        ).fetchall()
    for folder in ("deliveries", "landing", "quarantine"):
        files = [path for path in (home.root / folder).rglob("*") if path.is_file()]
        tables[folder] = sorted((path.relative_to(home.root).as_posix(),) for path in files)
    return tables


def published_picture(home: Home) -> dict[str, Any]:
    """Every published table, the same in DuckDB and in Parquet, and the bytes of the results."""
    parquet = home.parquet_link.resolve()
    with read.open_marts(home) as con:
        names = [name for (name,) in con.execute("select table_name from duckdb_tables() order by 1").fetchall()]
        names.remove("quality_gate_log")  # one run more has checked more often
        tables = {n: con.execute(f"select * {OF_A_RUN.get(n, '')} from {n} order by all").fetchall() for n in names}
    for name, rows in tables.items():
        file = f"'{parquet / name}.parquet'"
        assert duckdb.sql(f"select * {OF_A_RUN.get(name, '')} from {file} order by all").fetchall() == rows, name
    return {**tables, "bytes": (parquet / "kpi_results.parquet").read_bytes()}


def cells(home: Home) -> list[Any]:
    """What a reader sees."""
    with read.open_marts(home) as con:
        return con.execute(
            "select kpi_id, as_of_date, dim_type, dim_value, numerator, value from kpi_results order by all"
        ).fetchall()


class Scene:
    """A home that is put back to a moment of its past, always at the same path, which dbt's parser remembers."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.home = Home(place / "home")
        self.readable: list[list[Any]] = []
        self.expected: dict[str, dict[str, Any]] = {}

    def keep(self, moment: str) -> None:
        """Remember the home as it is."""
        shutil.copytree(self.home.root, self.place / moment, symlinks=True)

    def put_back(self, moment: str) -> None:
        """Make the home what it was."""
        shutil.rmtree(self.home.root)
        shutil.copytree(self.place / moment, self.home.root, symlinks=True)

    def refresh(self, part: str, point: str = "") -> subprocess.CompletedProcess[str]:
        """One refresh to its end, or to a point where it dies."""
        command = [sys.executable, "-m", "tests.python.faults.dying", str(self.home.root), part, point]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1200)

    def picture(self, part: str) -> dict[str, Any]:
        """What must not depend on a crash."""
        return raw_picture(self.home) | ({} if part == "landed" else published_picture(self.home))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A home published in the middle of June with the rest of June in its landing folder, and how it ends in calm."""
    scene = Scene(tmp_path_factory.mktemp("killed"))
    write_sample(scene.home.root, assets=12, as_of=date.fromisoformat(AS_OF), seed=3, weeks=6)
    scene.home.policy.mkdir()
    (scene.home.policy / "gate_policy.csv").write_text(SMALL)
    late = scene.place / "late"
    for file in sorted(path for path in scene.home.landing.rglob("*") if path.is_file()):
        if file.name[:10] > BEFORE:
            target = late / file.relative_to(scene.home.landing)
            target.parent.mkdir(parents=True, exist_ok=True)
            file.rename(target)
    answer = scene.refresh("whole")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    scene.readable.append(cells(scene.home))
    shutil.copytree(late, scene.home.landing, dirs_exist_ok=True)
    scene.keep("landed")
    answer = scene.refresh("whole", "call:itam.refresh:run_dbt:after")
    assert answer.returncode == -9, answer.stdout + answer.stderr
    scene.keep("built")
    answer = scene.refresh("built")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    scene.readable.append(cells(scene.home))
    scene.expected = {part: scene.picture(part) for part in POINTS}
    yield scene
    shutil.rmtree(scene.place)


@pytest.mark.parametrize(("part", "name"), [(part, name) for part, points in POINTS.items() for name in points])
def test_killed_and_run_again_nothing_has_happened(scene: Scene, part: str, name: str) -> None:
    """A machine that stops at any moment costs nobody a number, and readers see the old or the new one."""
    scene.put_back("built" if part == "built" else "landed")
    died = scene.refresh(part, POINTS[part][name])
    assert died.returncode == -9, f"the point was not reached: {died.stdout}{died.stderr}"
    assert cells(scene.home) in scene.readable, "readers saw neither the old nor the new numbers"
    again = scene.refresh(part)
    assert again.returncode == EXIT_OF[part], again.stdout + again.stderr
    after, expected = scene.picture(part), scene.expected[part]
    assert [table for table in expected.keys() | after.keys() if expected.get(table) != after.get(table)] == []


def test_the_warehouse_deleted_and_built_again(scene: Scene) -> None:
    """A lost warehouse is a slow refresh: from the kept files come the same tables and what was first reported."""
    scene.put_back("built")
    assert scene.refresh("built").returncode == 0
    scene.home.warehouse.unlink()
    again = scene.refresh("whole")
    assert again.returncode == 0, again.stdout + again.stderr
    after, expected = scene.picture("whole"), scene.expected["whole"]
    assert [table for table in expected.keys() | after.keys() if expected.get(table) != after.get(table)] == []

"""The Parquet files that another engine reads in place of the warehouse's own tables."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from itam import lake
from itam.home import Home

ROOT = Path(__file__).resolve().parents[3]
DBT = Path(sys.executable).with_name("dbt")


def read_back(home: Home, con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """By table, the rows that its files and the warehouse do not share; the warehouse is attached for it."""
    con.execute(f"attach '{home.warehouse}' as warehouse (read_only)")
    differing = {}
    for schema, table in lake.tables():
        names = [row[0] for row in con.execute(f'describe warehouse."{schema}"."{table}"').fetchall()]
        columns = ", ".join(f'"{name}"' for name in names)
        files = f"select {columns} from read_parquet('{home.lake}/{schema}/{table}/**/*.parquet')"
        rows = f'select {columns} from warehouse."{schema}"."{table}"'
        found = con.execute(f"select count(*) from (({files} except all {rows}) union all ({rows} except all {files}))")
        differing[f"{schema}.{table}"] = sum(row[0] for row in found.fetchall())
    return differing


def test_the_files_hold_what_the_warehouse_holds(home: Home) -> None:
    """An engine that reads half a feed computes a wrong KPI without a word; tables without rows need columns too."""
    written = lake.write(home)
    with duckdb.connect() as con:
        differing = read_back(home, con)
    assert written.keys() == differing.keys()
    assert min(written.values()) == 0 < written["raw.hardware_asset"]
    assert {table: count for table, count in differing.items() if count} == {}


def test_a_feed_lies_by_the_month_of_its_delivery(home: Home) -> None:
    """Months that nobody asks for are not read, and a new delivery adds to one folder."""
    lake.write(home)
    folders = {path.name for path in (home.lake / "raw" / "person").iterdir()}
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        months = con.execute("select distinct strftime(extracted_at, '%Y-%m') from raw.person").fetchall()
    assert folders == {f"delivery_month={month}" for (month,) in months}


def test_the_files_are_as_private_as_the_warehouse(home: Home) -> None:
    """They hold delivered persons: nobody but their owner may open the folder."""
    lake.write(home)
    assert home.lake.stat().st_mode & 0o077 == 0


def test_written_again_the_old_files_are_gone(home: Home) -> None:
    """A file that stays behind is counted twice."""
    lake.write(home)
    (home.lake / "raw" / "person" / "left.parquet").write_bytes(b"")
    lake.write(home)
    assert not list(home.lake.rglob("left.parquet"))


def test_models_are_built_from_the_files_alone(home: Home, tmp_path: Path) -> None:
    """Whoever has the files and not the warehouse gets the same rows, typed the same way."""
    lake.write(home)
    command = [str(DBT), "--quiet", "build", "--select", "stg_cmdb__hardware_asset", "stg_hr__person"]
    command += ["--exclude-resource-type", "test", "--project-dir", str(ROOT), "--profiles-dir", str(ROOT)]
    command += ["--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path)]
    env = {**os.environ, "ITAM_HOME": str(tmp_path), "ITAM_LAKE": str(home.lake)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    with duckdb.connect() as con:
        for name, file in (("built", tmp_path / "warehouse.duckdb"), ("refreshed", home.warehouse)):
            con.execute(f"attach '{file}' as {name} (read_only)")
        for table in ("staging.stg_cmdb__hardware_asset", "staging.stg_hr__person"):
            found = con.execute(
                f"select count(*) from ((from built.{table} except all from refreshed.{table})"
                f" union all (from refreshed.{table} except all from built.{table}))"
            ).fetchall()
            assert found == [(0,)], table


def test_without_a_warehouse_it_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, not a traceback."""
    assert lake.main(["--home", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"itam.lake: there is no warehouse in {tmp_path}: run `itam refresh` first\n"

"""The Parquet folder: a reader without DuckDB finds what the manifest promises, and a query reads what it needs."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from itam.home import PROJECT_DIR, Home
from itam.publishing import publish

KPIS = 40
REFRESH = "20260701T020000000000Z"
WAREHOUSE = f"""
create schema marts;
create schema quality;
create table marts.kpi_results as
    select 'kpi_' || lpad((i % {KPIS})::varchar, 2, '0') as kpi_id,
        date '2026-06-30' - (i // {KPIS} % 90)::integer as as_of_date,
        'department' as dim_type, 'd' || i // {KPIS} as dim_value,
        (hash(i) % 1000000000 / 1000000)::decimal(38, 6) as numerator,
        hash(i * 7) / 18446744073709551615 as value
    from range(200000) as t (i);
comment on table marts.kpi_results is 'One row per KPI, day and slice.';
comment on column marts.kpi_results.numerator is 'What is counted: "zähler".';
create table marts.dim_date as select date '2026-06-30' as date_day;
create table quality.quality_gate_log as select 'x' as refresh_id where false;
create table quality.kpi_result_log as select 'kpi_00' as kpi_id;
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What readers get."""
    home = Home(tmp_path_factory.mktemp("parquet"))
    home.create()
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute(WAREHOUSE)
    publish.write_version(home, REFRESH, ["dim_date", "kpi_results"])
    publish.swap_in(home, REFRESH)
    return home.parquet_link


@pytest.fixture(scope="module")
def manifest(folder: Path) -> dict[str, Any]:
    """What the folder says of itself."""
    read: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return read


def test_the_manifest_is_what_a_plain_parquet_reader_finds(folder: Path, manifest: dict[str, Any]) -> None:
    """Who loads the folder elsewhere proves with the manifest alone that nothing was lost on the way."""
    assert (manifest["refresh_id"], manifest["as_of_date"]) == (REFRESH, "2026-06-30")
    listed = {table["file"] for table in manifest["tables"]}
    assert listed | {"manifest.json"} == {file.name for file in folder.iterdir()}
    for table in manifest["tables"]:
        file = folder / table["file"]
        content = file.read_bytes()
        assert (table["bytes"], table["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert pq.ParquetFile(file).metadata.num_rows == table["rows"]
        assert pq.read_schema(file).names == [column["name"] for column in table["columns"]]
        assert file.stat().st_mode & 0o777 == 0o444


def test_the_manifest_takes_types_and_descriptions_along(folder: Path, manifest: dict[str, Any]) -> None:
    """A column without its meaning is guessed at."""
    (table,) = (t for t in manifest["tables"] if t["name"] == "kpi_results")
    assert table["comment"] == "One row per KPI, day and slice."
    by_name = {column["name"]: column for column in table["columns"]}
    assert by_name["numerator"] == {
        "name": "numerator",
        "type": "DECIMAL(38,6)",
        "comment": 'What is counted: "zähler".',
    }
    assert str(pq.read_schema(folder / "kpi_results.parquet").field("numerator").type) == "decimal128(38, 6)"


def test_the_same_numbers_are_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    """Two publications can be compared by their hashes, in whatever order the warehouse holds the rows."""
    home = Home(tmp_path)
    home.create()
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute(WAREHOUSE)
        con.execute("create or replace table marts.kpi_results as from marts.kpi_results order by random()")
    publish.write_version(home, REFRESH, ["kpi_results"])
    other = publish.version_folder(home, REFRESH)
    assert (other / "kpi_results.parquet").read_bytes() == (folder / "kpi_results.parquet").read_bytes()


def test_the_recipe_of_the_page_proves_that_all_has_arrived(folder: Path, tmp_path: Path) -> None:
    """Who copies the folder elsewhere takes the lines from the page; they must find a file that is cut short."""
    page = (PROJECT_DIR / "docs" / "connect" / "parquet.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"```python\n(.*?)```", page, re.S)
    published = tmp_path / "data" / "published" / "parquet"
    shutil.copytree(folder, published)

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", recipe], capture_output=True, text=True, check=False, cwd=tmp_path)

    assert run().stdout == f"{REFRESH} 2026-06-30 4\n"
    cut = published / "dim_date.parquet"
    cut.chmod(0o644)
    cut.write_bytes(cut.read_bytes()[:-1])
    assert "AssertionError: dim_date.parquet" in run().stderr


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="only Linux counts the bytes that a process reads")
def test_a_question_for_one_kpi_reads_a_small_part_of_the_file(folder: Path, tmp_path: Path) -> None:
    """Over a network, a reader waits for every byte."""
    file = tmp_path / "kpi_results.parquet"
    shutil.copyfile(folder / "kpi_results.parquet", file)
    shutil.copyfile(file, tmp_path / "warm_up.parquet")

    def bytes_read(query: str) -> int:
        script = [sys.executable, "-m", "tests.python.connect.bytes_read", str(file), query]
        done = subprocess.run(script, capture_output=True, text=True, check=True, cwd=PROJECT_DIR)
        return int(done.stdout)

    everything = bytes_read("* from read_parquet(?)")
    one_kpi = bytes_read("* from read_parquet(?) where kpi_id = 'kpi_17'")
    one_column = bytes_read("value from read_parquet(?) where kpi_id = 'kpi_17'")
    assert everything >= 0.9 * file.stat().st_size
    assert one_kpi < everything / 10
    assert one_column < one_kpi

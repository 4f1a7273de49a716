"""What the tests of the kernel share: models and macros, compiled once, and ways to run them.

Here: fixtures. Not here: numbers, and what organisations look like (dirty_organisation).
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest

from itam.landing import land
from itam.quality import ledger
from tests.python.kernel.dirty_organisation import Delivery
from tests.python.kernel.naive_kpis import NEEDS
from tests.python.money.money_warehouse import compile_models, run_models

ROOT = Path(__file__).resolve().parents[3]
Build = Callable[[Sequence[Delivery], Sequence[date]], duckdb.DuckDBPyConnection]

MACROS = {
    "merged": '{{ merge_spans("spans", ["key_a", "key_b"]) }}',
    "counted": '{{ sweep("parts", ["key_a"], ["row_id", "weight"], "row_id > 0 and weight <> 1") }}',
    "summed": '{{ sweep("parts", ["key_a", "key_b"], ["weight"]) }}',
    "best": '{{ pick_best("rivals", ["key_a"], "owner", "rivals.score desc nulls last, rivals.row_id") }}',
    "references": '{{ sole_references("named") }}',
    "anniversaries": 'select day, {{ t12m_end("day") }} as t12m_end from days',
    "ages": 'select born, day, {{ completed_months("born", "day") }} as months from lives',
    "cells": '{{ kpi_cells("members", "some_rate", ["colour", "shape"]) }}',
    "plain_cells": '{{ kpi_cells("members", "some_count", coverage=false) }}',
}


def _memory() -> duckdb.DuckDBPyConnection:
    """An empty warehouse in memory, under the name that the models were compiled for."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("attach ':memory:' as warehouse")
    connection.execute("use warehouse")
    connection.execute("set TimeZone = 'UTC'")
    return connection


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """Deliveries and as-of dates in, landed and built; one warehouse is open at a time."""
    select = " ".join(f"+kpi_{kpi}" for kpi in NEEDS)
    models = compile_models(tmp_path_factory.mktemp("kernel"), f"{select} +int_kpi__feed_status")
    opened: list[duckdb.DuckDBPyConnection] = []

    def run(deliveries: Sequence[Delivery], as_of: Sequence[date]) -> duckdb.DuckDBPyConnection:
        while opened:
            opened.pop().close()
        home = tmp_path_factory.mktemp("organisation")
        for delivery in deliveries:
            delivery.write(home / "landing")
        connection = _memory()
        opened.append(connection)
        land(home, as_of=max(as_of), connection=connection)
        connection.execute(ledger.TABLES)
        shutil.rmtree(home)
        for day in sorted(as_of)[:-1]:
            connection.execute("insert into raw.as_of_requests values (?, false)", [day])
        run_models(connection, models)
        return connection

    yield run
    while opened:
        opened.pop().close()


@pytest.fixture(scope="session")
def macros(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of each macro over a table of its own, and of the calendar that cells are read from."""
    project = tmp_path_factory.mktemp("macros")
    models = project / "models"
    models.mkdir()
    for name, text in MACROS.items():
        (models / f"{name}.sql").write_text(text, encoding="utf-8")
    (models / "int_calendar__as_of_dates.sql").write_text("select 1 as one", encoding="utf-8")
    shutil.copy(ROOT / "models" / "intermediate" / "calendar" / "int_calendar__days.sql", models)
    settings = {"name": "kernel", "profile": "itam", "macro-paths": [str(ROOT / "macros")], "model-paths": ["models"]}
    (project / "dbt_project.yml").write_text(json.dumps(settings), encoding="utf-8")
    command = [sys.executable, "-m", "dbt.cli.main", "compile", "--quiet", "--profiles-dir", str(ROOT)]
    environment = {**os.environ, "DBT_TARGET_PATH": str(project / "target"), "ITAM_HOME": str(project)}
    options = ["--project-dir", str(project), "--log-path", str(project)]
    subprocess.run([*command, *options], check=True, env=environment, cwd=project, stdout=subprocess.DEVNULL)
    nodes = json.loads((project / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    return {node["name"]: node["compiled_code"] for node in nodes.values() if node.get("compiled_code")}


@pytest.fixture(scope="session")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    """Where macros run over tables of a few rows."""
    connection = _memory()
    yield connection
    connection.close()

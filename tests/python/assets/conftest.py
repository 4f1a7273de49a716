"""The asset and patch models, compiled once, and two ways to run them: over hand-made change logs, and over files.

Here: fixtures. Not here: numbers, how a change log is written (money_warehouse of the money tests), and organisations
with dirt (dirty_organisation of the kernel tests).
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

import duckdb
import pytest

from itam.landing import land
from itam.quality import ledger
from tests.python.kernel.dirty_organisation import Delivery as Export
from tests.python.kernel.naive_kpis import NEEDS
from tests.python.money.money_warehouse import Delivery, compile_models, run_models, write_raw

Model = tuple[str, str, str]
Build = Callable[..., duckdb.DuckDBPyConnection]

OUTPUTS = [
    f"int_{kind}__{area}"
    for kind in ("exceptions", "impact", "companions", "samples")
    for area in ("assets", "patches")
]
MARTS = ["mart_asset_age", "mart_refresh_wave", "mart_patch_by_class", "mart_book_register_match"]
SELECTION = " ".join(f"+{model}" for model in [*OUTPUTS, *MARTS, *(f"kpi_{kpi}" for kpi in NEEDS)])


def memory() -> duckdb.DuckDBPyConnection:
    """An empty warehouse in memory, under the name that the models were compiled for."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("attach ':memory:' as warehouse")
    connection.execute("use warehouse")
    connection.execute("set TimeZone = 'UTC'")
    return connection


@pytest.fixture(scope="session")
def asset_models(tmp_path_factory: pytest.TempPathFactory) -> list[Model]:
    """Compiled SQL of what is tested here and all it reads."""
    return compile_models(tmp_path_factory.mktemp("assets"), SELECTION)


@pytest.fixture(scope="session")
def opened() -> Iterator[list[duckdb.DuckDBPyConnection]]:
    """The warehouse that is open: one at a time."""
    connections: list[duckdb.DuckDBPyConnection] = []
    yield connections
    while connections:
        connections.pop().close()


@pytest.fixture(scope="session")
def build(asset_models: list[Model], opened: list[duckdb.DuckDBPyConnection]) -> Build:
    """Deliveries, an as-of date, thresholds and denials of policy in, a warehouse with the models out."""

    def run(
        deliveries: Sequence[Delivery],
        as_of: str,
        thresholds: Mapping[str, str] | None = None,
        denied: Sequence[tuple[str, str]] = (),
    ) -> duckdb.DuckDBPyConnection:
        while opened:
            opened.pop().close()
        connection = memory()
        opened.append(connection)
        write_raw(connection, deliveries, as_of)
        for position, (name, value) in enumerate((thresholds or {}).items()):
            connection.execute(
                "insert into raw.policy_kpi_policy (name, value, position) values (?, ?, ?)", [name, value, position]
            )
        for position, (item_type, name) in enumerate(denied):
            connection.execute(
                "insert into raw.policy_approved_catalog (item_type, name, decision, position)"
                " values (?, ?, 'deny', ?)",
                [item_type, name, position],
            )
        run_models(connection, asset_models)
        return connection

    return run


@pytest.fixture(scope="session")
def build_from_files(
    asset_models: list[Model], opened: list[duckdb.DuckDBPyConnection], tmp_path_factory: pytest.TempPathFactory
) -> Build:
    """Exports and as-of dates in, landed and built."""

    def run(exports: Sequence[Export], as_of: Sequence[date]) -> duckdb.DuckDBPyConnection:
        while opened:
            opened.pop().close()
        home = tmp_path_factory.mktemp("organisation")
        for export in exports:
            export.write(home / "landing")
        connection = memory()
        opened.append(connection)
        land(home, as_of=max(as_of), connection=connection)
        connection.execute(ledger.TABLES)
        shutil.rmtree(home)
        for day in sorted(as_of)[:-1]:
            connection.execute("insert into raw.as_of_requests values (?, false)", [day])
        run_models(connection, asset_models)
        return connection

    return run

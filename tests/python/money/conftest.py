"""The money models, compiled once, and a way to run them over hand-made deliveries."""

import itertools
from collections.abc import Callable, Iterator, Sequence

import duckdb
import pytest

from tests.python.money.money_warehouse import Delivery, compile_models, run_models, write_raw

Build = Callable[[Sequence[Delivery], str], duckdb.DuckDBPyConnection]

SELECTION = (
    "+kpi_tco_per_asset +kpi_tco_per_asset_guide +kpi_tco_normalized_per_asset +kpi_lifecycle_tco_per_asset "
    "+kpi_cost_per_asset +kpi_budget_variance +kpi_technology_spend +kpi_cloud_allocation_rate "
    "+kpi_cloud_commitment_waste_pct +fct_costs +fct_budgets +fct_cloud_costs "
    "+int_exceptions__money +int_impact__money +int_companions__money +int_samples__money +mart_vendor_spend"
)


@pytest.fixture(scope="session")
def money_models(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, str]]:
    """Compiled SQL of the money models and all they read."""
    return list(compile_models(tmp_path_factory.mktemp("compiled"), SELECTION))


@pytest.fixture(scope="session")
def build(money_models: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """Deliveries and an as-of date in, a warehouse with the money models out; one is open at a time."""
    numbers = itertools.count()
    opened: list[duckdb.DuckDBPyConnection] = []
    folder = tmp_path_factory.mktemp("money")

    def run(deliveries: Sequence[Delivery], as_of: str) -> duckdb.DuckDBPyConnection:
        while opened:
            opened.pop().close()
        path = folder / str(next(numbers)) / "warehouse.duckdb"
        path.parent.mkdir()
        connection = duckdb.connect(str(path), config={"threads": 1})
        opened.append(connection)
        connection.execute("set TimeZone = 'UTC'")
        write_raw(connection, deliveries, as_of)
        run_models(connection, money_models)
        return connection

    yield run
    while opened:
        opened.pop().close()

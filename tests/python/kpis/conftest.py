"""All KPI models, compiled once, and a way to run some of them over hand-made deliveries.

Here: fixtures. Not here: numbers, and how a change log is written (money_warehouse of the money tests).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.python.money.money_warehouse import Delivery, compile_models, run_models, write_raw

ROOT = Path(__file__).resolve().parents[3]
Build = Callable[[Sequence[Delivery], str, Sequence[str]], duckdb.DuckDBPyConnection]
RELATION = re.compile(r'"warehouse"\."\w+"\."(\w+)"')


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """Deliveries, an as-of date and KPIs in, a warehouse with these KPIs out; one is open at a time."""
    kpis = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]["kpi_ids"]
    models = compile_models(tmp_path_factory.mktemp("kpis"), " ".join(f"+kpi_{kpi}" for kpi in kpis))
    opened: list[duckdb.DuckDBPyConnection] = []

    def run(deliveries: Sequence[Delivery], as_of: str, kpis: Sequence[str]) -> duckdb.DuckDBPyConnection:
        while opened:
            opened.pop().close()
        wanted = {f"kpi_{kpi}" for kpi in kpis}
        for _, name, sql in reversed(models):
            if name in wanted:
                wanted.update(RELATION.findall(sql))
        connection = duckdb.connect(config={"threads": 1})
        opened.append(connection)
        connection.execute("attach ':memory:' as warehouse")
        connection.execute("use warehouse")
        connection.execute("set TimeZone = 'UTC'")
        write_raw(connection, deliveries, as_of)
        run_models(connection, [model for model in models if model[1] in wanted])
        return connection

    yield run
    while opened:
        opened.pop().close()

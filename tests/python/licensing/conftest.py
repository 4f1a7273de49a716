"""The licence models, compiled once, and a way to run them over hand-made deliveries.

Here: fixtures. Not here: numbers, and how a change log is written (money_warehouse of the money tests).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import duckdb
import pytest

from tests.python.money.money_warehouse import Delivery, compile_models, run_models, write_raw

Policy = Mapping[str, Sequence[Mapping[str, str | None]]]
Build = Callable[..., duckdb.DuckDBPyConnection]

SELECTION = (
    "+kpi_license_compliance_rate +kpi_license_position_rate +kpi_unauthorized_software_pct +kpi_saas_utilization_rate "
    "+kpi_saas_assigned_utilization_rate +kpi_license_utilization_rate +kpi_shelfware_pct +kpi_shelfware_total_pct "
    "+kpi_software_spend_utilization +dim_product +fct_software_installs +fct_license_position +fct_license_consumers "
    "+fct_license_installs +fct_seats +int_exceptions__licences +int_impact__licences +int_companions__licences "
    "+int_samples__licences +mart_license_position"
)


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:
    """Deliveries, an as-of date and overrides of policy in, a warehouse with the licence models out; one at a time.

    `published` is the day that readers saw before.
    """
    models = compile_models(tmp_path_factory.mktemp("licences"), SELECTION)
    opened: list[duckdb.DuckDBPyConnection] = []

    def run(
        deliveries: Sequence[Delivery], as_of: str, policy: Policy | None = None, published: str | None = None
    ) -> duckdb.DuckDBPyConnection:
        while opened:
            opened.pop().close()
        connection = duckdb.connect(config={"threads": 1})
        opened.append(connection)
        connection.execute("attach ':memory:' as warehouse")
        connection.execute("use warehouse")
        connection.execute("set TimeZone = 'UTC'")
        write_raw(connection, deliveries, as_of)
        for seed, rows in (policy or {}).items():
            for position, row in enumerate(rows):
                values = {**row, "position": position}
                connection.execute(
                    f"insert into raw.policy_{seed} ({', '.join(values)}) values ({', '.join('?' * len(values))})",
                    list(values.values()),
                )
        if published:
            connection.execute(
                "insert into quality.kpi_result_log"
                " values ('x', ?, 'all', 'all', 'r1', ?, null, null, null, null, 'ok', true)",
                [published, published],
            )
        run_models(connection, models)
        return connection

    yield run
    while opened:
        opened.pop().close()

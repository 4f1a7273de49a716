"""The operations models, compiled once, and a way to run them over hand-made deliveries.

Here: fixtures. Not here: numbers, and how a change log is written (money_warehouse of the money tests).
"""

from collections.abc import Callable, Sequence

import duckdb
import pytest

from tests.python.money.money_warehouse import Delivery, compile_models, run_models, write_raw

Build = Callable[[Sequence[Delivery], str], duckdb.DuckDBPyConnection]
Models = list[tuple[str, str, str]]


def _builder(models: Models) -> Build:
    """One warehouse is open at a time, in memory, under the name that the models were compiled for."""
    opened: list[duckdb.DuckDBPyConnection] = []

    def run(deliveries: Sequence[Delivery], as_of: str) -> duckdb.DuckDBPyConnection:
        while opened:
            opened.pop().close()
        connection = duckdb.connect(config={"threads": 1})
        opened.append(connection)
        connection.execute("attach ':memory:' as warehouse")
        connection.execute("use warehouse")
        connection.execute("set TimeZone = 'UTC'")
        write_raw(connection, deliveries, as_of)
        run_models(connection, models)
        return connection

    return run


@pytest.fixture(scope="session")
def build_downtime(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Deliveries and an as-of date in, mean_time_to_repair out."""
    return _builder(compile_models(tmp_path_factory.mktemp("downtime"), "+kpi_mean_time_to_repair"))


@pytest.fixture(scope="session")
def build_recovery(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Deliveries and an as-of date in, the two recovery rates out."""
    select = "+kpi_asset_recovery_rate +kpi_asset_recovery_on_time_rate"
    return _builder(compile_models(tmp_path_factory.mktemp("recovery"), select))


@pytest.fixture(scope="session")
def build_assurance(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Deliveries and an as-of date in, the KPIs of audits, stocktakes, sanitization, lives and renewals out."""
    select = (
        "+kpi_audit_success_rate +kpi_audit_findings_count +kpi_physical_accuracy_rate +kpi_data_sanitization_rate "
        "+kpi_mean_time_to_decommission +kpi_lifecycle_completion_rate +kpi_renewal_optimization_rate"
    )
    return _builder(compile_models(tmp_path_factory.mktemp("assurance"), select))


@pytest.fixture(scope="session")
def build_lists(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Deliveries and an as-of date in, the lists, money and companions of operations out, with their KPIs and marts."""
    select = (
        "+int_companions__operations +int_samples__operations +mart_incident_queue +mart_renewals +fct_audit_findings "
        "+kpi_asset_recovery_rate +kpi_asset_recovery_on_time_rate +kpi_lifecycle_completion_rate "
        "+kpi_stage_punctuality_rate +kpi_data_sanitization_rate +kpi_audit_success_rate +kpi_renewal_optimization_rate"
    )
    return _builder(compile_models(tmp_path_factory.mktemp("lists"), select))

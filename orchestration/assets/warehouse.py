"""The models: each an asset with its description, owner, columns and tests, built by the step that the refresh has."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import duckdb
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    Failure,
    MaterializeResult,
)
from dagster_dbt import dbt_assets

from itam import refresh as refreshing
from itam.home import Home
from itam.refresh import NodeOutcome
from orchestration.assets.landing import POOL
from orchestration.project import Translator, manifest, project
from orchestration.resources import RefreshResource

BUILT = ("success",)
FOUND_NOTHING = ("pass",)


def warehouse_assets(home: Home) -> Any:
    """All models and seeds, and the tests that are attached to them."""
    read = manifest(home)

    @dbt_assets(
        manifest=read,
        project=project(home),
        name="build",
        exclude="resource_type:unit_test",
        dagster_dbt_translator=Translator(),
        pool=POOL,
    )
    def build(context: AssetExecutionContext, refresh: RefreshResource) -> Iterator[Any]:
        """Look at what arrived, build all models in one go, run their tests; say how each ended."""
        if not refresh.run.is_noted:
            raise Failure("models are built as a part of a refresh: launch the job refresh", allow_retries=False)
        seconds = 0.0
        try:
            seconds = refresh.step("build", refreshing.build_and_test, context.retry_number)
        except Failure:
            yield from outcomes(context, refresh.run.nodes, rows(refresh.place), 0.0)
            raise
        yield from outcomes(context, refresh.run.nodes, rows(refresh.place), seconds)
        if refresh.run.failed_tests:
            refresh.run.result = refreshing.blocked(refresh.run, refresh.run.failed_tests)
            raise Failure(refresh.run.result.reason, allow_retries=False)

    return build


def outcomes(
    context: AssetExecutionContext, nodes: list[NodeOutcome], counts: Mapping[str, int], seconds: float
) -> Iterator[Any]:
    """What dbt did, told to Dagster."""
    assets = {spec.metadata["dagster_dbt/unique_id"]: spec.key for spec in context.assets_def.specs}
    tests = {spec.metadata["dagster_dbt/unique_id"]: spec for spec in context.assets_def.check_specs}
    for node in nodes:
        if node.unique_id in assets and node.status in BUILT:
            told: dict[str, Any] = {"seconds": round(node.seconds, 3)}
            if (count := counts.get(node.name)) is not None:
                told["dagster/row_count"] = count
            yield MaterializeResult(assets[node.unique_id], metadata=told)
        elif node.unique_id in tests and node.status != "skipped":
            spec = tests[node.unique_id]
            yield AssetCheckResult(
                asset_key=spec.asset_key,
                check_name=spec.name,
                passed=node.status in FOUND_NOTHING,
                severity=AssetCheckSeverity.WARN if node.status == "warn" else AssetCheckSeverity.ERROR,
                description=node.message or None,
                metadata={"failing_rows": node.failures},
            )
    context.log.info(f"{len(nodes)} models, seeds and tests in {seconds} s")


def rows(home: Home) -> dict[str, int]:
    """How many rows each table has; views are not counted."""
    with closing(duckdb.connect(str(home.warehouse))) as con:
        return dict(con.execute("select table_name, estimated_size from duckdb_tables()").fetchall())

"""Dagster's definitions of an empty home, loaded once, and refreshes whose steps are replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from itam import refresh as refreshing
from itam.home import PROJECT_DIR, Home
from itam.quality.ledger import CheckResult
from itam.reports import periodic


@pytest.fixture(scope="session")
def empty() -> Home:
    """A home where nothing has happened; it stays, so that dbt reads the project once for all workers and runs."""
    home = Home(PROJECT_DIR / "target" / "orchestration")
    home.create()
    (home.root / "settings.yml").write_text("time_zone: Europe/Berlin\n", encoding="utf-8")
    return home


@pytest.fixture(scope="session")
def defs(empty: Home) -> dg.Definitions:
    """Everything Dagster knows about it."""
    from orchestration.definitions import definitions_of

    return definitions_of(empty)


def few(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest of a project with one model in each layer: a run says little, and takes little."""
    kept = {f"model.itam.{name}" for name in ("stg_hr__person", "kpi_results")}
    known = kept | set(manifest["sources"])

    def cut(edges: dict[str, list[str]]) -> dict[str, list[str]]:
        return {n: [m for m in to if m in known] for n, to in edges.items() if n in known}

    nodes = {n: {**node, "depends_on": {**node["depends_on"]}} for n, node in manifest["nodes"].items() if n in kept}
    for node in nodes.values():
        node["depends_on"]["nodes"] = [n for n in node["depends_on"]["nodes"] if n in known]
    empty: dict[str, Any] = {
        "exposures": {},
        "metrics": {},
        "semantic_models": {},
        "saved_queries": {},
        "unit_tests": {},
    }
    maps = {"parent_map": cut(manifest["parent_map"]), "child_map": cut(manifest["child_map"])}
    return {**manifest, **empty, **maps, "nodes": nodes}


@pytest.fixture(scope="session")
def small(empty: Home) -> dg.Definitions:
    """The same with two models."""
    from orchestration import project
    from orchestration.assets import warehouse
    from orchestration.definitions import definitions_of

    patch = pytest.MonkeyPatch()
    patch.setattr(warehouse, "manifest", lambda home: few(project.manifest(home)))
    made = definitions_of(empty)
    patch.undo()
    return made


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """Dagster's memory."""
    with dg.DagsterInstance.ephemeral() as made:
        yield made


class Steps:
    """What the steps of a refresh do, in a test: nothing, or fail as often as they are told to."""

    def __init__(self) -> None:
        self.errors: dict[str, list[BaseException]] = {}
        self.done: list[str] = []
        self.blocking: list[CheckResult] = []
        self.ended: list[str] = []
        self.packs: list[Path] = []

    def write_due(self, home: Home) -> list[Path]:
        """In the place of making reports."""
        if self.errors.get("packs"):
            raise self.errors["packs"].pop(0)
        self.packs.append(home.root / "reports")
        return self.packs

    def step(self, name: str) -> Callable[[Home, refreshing.Run], None]:
        """The function that stands for a step."""

        def work(home: Home, run: refreshing.Run) -> None:
            run.step = name
            if self.errors.get(name):
                raise self.errors[name].pop(0)
            self.done.append(name)
            if name == "land":
                run.is_noted = True
                run.as_of = run.requested or date(2026, 6, 30)
            if name == "check":
                run.departing = self.blocking
                run.judged["departure"] = self.blocking
                if run.blocking:
                    run.result = refreshing.blocked(run, run.blocking)
            if name == "publish":
                run.result = refreshing.Result(run.refresh_id, refreshing.Outcome.PUBLISHED, "as of today", run.as_of)

        return work

    def finish(self, home: Home, run: refreshing.Run, result: refreshing.Result) -> None:
        """In the place of telling."""
        run.is_told = True
        self.ended.append(result.line)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Steps:
    """The steps of the refresh, replaced; everything around them is the real thing."""
    import duckdb

    from orchestration import checks, resources
    from orchestration.assets import landing, publishing, warehouse

    made = Steps()
    names = {
        "take_in": "land",
        "build_and_test": "build",
        "hold_against_gate": "check",
        "publish_unless_blocked": "publish",
    }
    for function, name in names.items():
        monkeypatch.setattr(refreshing, function, made.step(name))
    monkeypatch.setattr(refreshing, "finish", made.finish)
    monkeypatch.setattr(landing, "arrivals", lambda con, refresh_id: {"person": {"rows_landed": 7}})
    monkeypatch.setattr(checks, "freshness_results", _all_fresh)
    monkeypatch.setattr(warehouse, "rows", lambda home: {})
    monkeypatch.setattr(warehouse, "outcomes", _all_built)
    monkeypatch.setattr(periodic, "write_due", made.write_due)
    monkeypatch.setattr(publishing, "coverage", lambda home: 0.97)
    monkeypatch.setattr(publishing, "public_tables", lambda manifest: ["kpi_results"])
    monkeypatch.setattr(resources, "FIRST_PAUSE_SECONDS", 0.01)
    home = Home(tmp_path / "home")
    home.create()
    duckdb.connect(str(home.warehouse)).close()
    home.link.write_text("")
    return made


def _all_fresh(home: Home) -> Iterator[dg.AssetCheckResult]:
    from orchestration import checks

    for spec in checks.freshness_specs():
        yield dg.AssetCheckResult(asset_key=spec.asset_key, check_name=spec.name, passed=True)


def _all_built(context: dg.AssetExecutionContext, nodes: Any, counts: Any, seconds: float) -> Iterator[Any]:
    for key in sorted(context.assets_def.keys, key=lambda key: key.path[0] != "staging"):
        yield dg.MaterializeResult(key)
    for spec in context.assets_def.check_specs:
        yield dg.AssetCheckResult(asset_key=spec.asset_key, check_name=spec.name, passed=True)


Launch = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture
def launch(small: dg.Definitions, instance: dg.DagsterInstance, tmp_path: Path) -> Launch:
    """Run the job of the refresh on the home of the test."""

    def run(**config: Any) -> dg.ExecuteInProcessResult:
        said = {"home": str(tmp_path / "home"), "patience_seconds": 0.1, **config}
        return small.resolve_job_def("refresh").execute_in_process(
            instance=instance, raise_on_error=False, run_config={"resources": {"refresh": {"config": said}}}
        )

    return run

"""The graph that Dagster shows: every feed, model and test is in it, in one line, with its owner and contract."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
import yaml

from itam.cadence import feed_cadences
from itam.feeds import load_feeds
from itam.home import PROJECT_DIR, Home


@pytest.fixture(scope="module")
def graph(defs: dg.Definitions) -> Any:
    """The assets."""
    return defs.get_repository_def().asset_graph


@pytest.fixture(scope="module")
def manifest(defs: dg.Definitions, empty: Home) -> dict[str, Any]:
    """What dbt has read."""
    read: dict[str, Any] = json.loads((empty.root / "dagster" / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    return read


def test_every_feed_is_an_asset_with_its_contract(graph: Any, empty: Home) -> None:
    """A feed that nobody watches stops in silence: a warning after one cadence, a failure after two."""
    contracts = feed_cadences(empty)
    for name, feed in load_feeds().items():
        node = graph.get(dg.AssetKey(["raw", name]))
        due = timedelta(days=contracts[name].cadence_days)
        assert node.group_name == f"feeds_{feed.domain}"
        assert node.freshness_policy == dg.FreshnessPolicy.time_window(warn_window=due, fail_window=2 * due)
        assert dg.AssetCheckKey(node.key, "freshness") in graph.asset_check_keys


def test_every_model_is_an_asset_and_every_test_a_check(graph: Any, manifest: dict[str, Any]) -> None:
    """What dbt builds and Dagster does not know of is watched by nobody."""
    nodes = manifest["nodes"].values()
    models = {n["name"]: n for n in nodes if n["resource_type"] == "model"}
    for name, model in models.items():
        node = graph.get(dg.AssetKey([model["original_file_path"].split("/")[1], name]))
        assert node.owners == [f"team:{model['config']['meta']['owner']}"]
        assert node.description.startswith(model["description"].strip()[:40])
        if model["columns"]:
            columns = node.metadata["dagster/column_schema"].columns
            assert {c.name for c in columns} == set(model["columns"])
    checks = {key.name for key in graph.asset_check_keys}
    assert {n["name"] for n in nodes if n["resource_type"] == "test"} <= checks


def test_data_flows_from_feeds_to_reports(graph: Any) -> None:
    """One graph: whoever asks what a late feed touches gets the answer to the last page."""
    packs = dg.AssetKey(["published", "packs"])
    above = graph.get_ancestor_asset_keys(packs)
    assert dg.AssetKey(["published", "reports"]) in above
    assert {dg.AssetKey(["raw", feed]) for feed in load_feeds()} <= above
    assert dg.AssetKey(["landing", "deliveries"]) in above
    assert dg.AssetKey(["quality", "gate"]) in above


def test_every_check_of_the_gate_is_shown(graph: Any) -> None:
    """A check whose result nobody sees does not exist."""
    import csv

    with (PROJECT_DIR / "seeds" / "gate_policy.csv").open(encoding="utf-8", newline="") as lines:
        known = {row["check_id"]: row["severity"] for row in csv.DictReader(lines)}
    shown = {key.name for key in graph.asset_check_keys}
    assert set(known) <= shown
    gate = dg.AssetKey(["quality", "gate"])
    for check in ("value_in_range", "reconciliation", "may_publish"):
        assert graph.get_check_spec(dg.AssetCheckKey(gate, check)).blocking


def test_one_writer_at_a_time(defs: dg.Definitions) -> None:
    """Two steps of two runs in one DuckDB file end in a lock error at night."""
    job = defs.resolve_job_def("refresh")
    assert {node.definition.pool for node in job.nodes} == {"warehouse"}
    assert job.executor_def.name == "in_process"
    assert job.tags["dagster/retry_strategy"] == "ALL_STEPS", "from the failed step on, nobody would hold the home"
    said = yaml.safe_load((PROJECT_DIR / "orchestration" / "dagster.yaml").read_text(encoding="utf-8"))
    assert said["concurrency"]["runs"]["max_concurrent_runs"] == 1
    assert said["concurrency"]["pools"]["default_limit"] == 1
    assert said["telemetry"] == {"enabled": False}


def test_the_instance_file_is_understood(tmp_path: Any) -> None:
    """A typing error in dagster.yaml stops the daemon at the next start, not now."""
    from dagster._core.instance.config import dagster_instance_config

    (tmp_path / "dagster.yaml").write_bytes((PROJECT_DIR / "orchestration" / "dagster.yaml").read_bytes())
    said, _ = dagster_instance_config(str(tmp_path))
    assert said["run_retries"]["retry_on_asset_or_op_failure"] is False


def test_no_rule_lives_in_dagster() -> None:
    """What only a scheduler knows, nobody who types a command gets: here nothing writes, and nothing is computed."""
    files = sorted((PROJECT_DIR / "orchestration").rglob("*.py"))
    assert len(files) > 10
    writing = re.compile(
        r"\b(insert into|update \w+\.\w+ set|delete from|create (or replace )?table|drop table)\b", re.I
    )
    texts = {file.relative_to(PROJECT_DIR): file.read_text(encoding="utf-8") for file in files}
    assert [str(name) for name, text in texts.items() if writing.search(text)] == []
    assert [str(name) for name, text in texts.items() if len(text.splitlines()) > 200] == []
    assert len(texts[Path("orchestration/definitions.py")].splitlines()) <= 50, "on one screen"


def test_what_came_of_a_feed_is_told_with_where_to_look(tmp_path: Path) -> None:
    """Who sees rows in quarantine wants the file and the command, not a search."""
    from orchestration.assets.landing import arrivals

    with duckdb.connect() as con:
        con.execute("create schema quality; create schema raw")
        con.execute(
            "create table quality.arrivals as select 'r1' as refresh_id, 'hr/person/' || d as delivery,"
            " 'person' as feed, cast(d as timestamp) as extracted_at"
            " from (values ('2026-06-29'), ('2026-06-30')) as t (d)"
        )
        con.execute(
            "create table raw.deliveries as select delivery as batch_id, 'accepted' as status, 10 as rows_delivered,"
            " 3 as rows_inserted, 1 as rows_changed, if(delivery like '%29', 2, 0) as rows_quarantined"
            " from quality.arrivals"
        )
        con.execute("create table raw.cast_failures as select 'hr/person/2026-06-30' as batch_id, 5 as row_count")
        (came,) = arrivals(con, "r1").values()
    assert came == {
        "deliveries": 2,
        "rows_delivered": 20,
        "rows_landed": 8,
        "rows_quarantined": 2,
        "cast_failures": 5,
        "newest_extract": "2026-06-30 00:00:00",
        "set_aside": "hr/person/2026-06-29",
    }

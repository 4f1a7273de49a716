"""Ask for metrics by name: ``python -m itam.semantic_layer deployment_rate --by department``.

Measures and dimensions are declared in models/marts/semantic; MetricFlow, of the development group, makes SQL of a
question, and the published marts answer it. Here: the question, its SQL and its answer. Not here: what a metric means,
and anything a refresh needs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from itam.cli.output import console, print_rows
from itam.home import Home
from itam.publishing.read import open_marts, select

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Question:
    """Metrics, what to group them by, and which rows to look at."""

    metrics: Sequence[str]
    by: Sequence[str] = ()
    where: Sequence[str] = ()


def kpi_by(kpi_id: str, dimension: str, as_of: date) -> Question:
    """A KPI by one of its dimensions, on an as-of date that has slices."""
    return Question(
        ["kpi_numerator", "kpi_denominator", "kpi_value"],
        ["kpi_cell__dim_value"],
        [
            f"{{{{ Dimension('kpi_cell__kpi_id') }}}} = '{kpi_id}'",
            f"{{{{ Dimension('kpi_cell__dim_type') }}}} = '{dimension}'",
            f"{{{{ TimeDimension('kpi_cell__as_of_date', 'day') }}}} = '{as_of}'",
        ],
    )


def newest_date(home: Home) -> date:
    """D: the newest as-of date that is published."""
    with closing(open_marts(home)) as marts:
        newest: date = select(marts, "select max(as_of_date) from kpi_results").fetchall()[0][0]
        return newest


class SemanticLayer:
    """What can be asked, as the last refresh declared it."""

    def __init__(self, semantic_manifest: Path) -> None:
        self.semantic_manifest = semantic_manifest

    def sql(self, question: Question) -> str:
        """The SQL of a question, over the schema ``marts``."""
        request = MetricFlowQueryRequest.create(
            metric_names=question.metrics,
            group_by_names=question.by,
            where_constraints=question.where or None,
            order_by_names=question.by or None,
        )
        return str(self._engine.explain(request).sql_statement.without_descriptions.sql)

    def ask(self, home: Home, question: Question) -> tuple[list[str], Rows]:
        """Columns and rows of the answer."""
        with closing(open_marts(home)) as marts:
            answer = select(marts, self.sql(question))
            return [column[0] for column in answer.description or []], answer.fetchall()

    @cached_property
    def _engine(self) -> Any:
        declared = json.loads(self.semantic_manifest.read_text(encoding="utf-8"))
        relations = [model["node_relation"] for model in declared["semantic_models"]]
        spines = [spine["node_relation"] for spine in declared["project_configuration"]["time_spines"]]
        for relation in relations + spines:  # a published file has a name of its own
            relation["relation_name"] = f'"{relation["schema_name"]}"."{relation["alias"]}"'
        manifest = parse_manifest_from_dbt_generated_manifest(json.dumps(declared))
        return MetricFlowEngine(SemanticManifestLookup(manifest), _Dialect())


class _Dialect:
    """All that MetricFlow needs to know of a database it does not talk to."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the answer to a question; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m itam.semantic_layer", description=__doc__)
    parser.add_argument("metrics", nargs="+", help="names of models/marts/semantic, or one KPI")
    parser.add_argument("--by", action="append", default=[], help="a dimension, like department or asset__asset_class")
    parser.add_argument("--where", action="append", default=[], help="a condition in MetricFlow's words")
    parser.add_argument("--home", type=Path, default=None, help="the organisation's folder; default ITAM_HOME")
    parser.add_argument("--sql", action="store_true", help="print the SQL instead of its answer")
    given = parser.parse_args(arguments)
    home = Home.locate(given.home)
    layer = SemanticLayer(home.dbt_target / "semantic_manifest.json")
    question = Question(given.metrics, given.by, given.where)
    if len(given.metrics) == len(given.by) == 1 and "__" not in given.by[0]:
        question = kpi_by(given.metrics[0], given.by[0], newest_date(home))
    if given.sql:
        print(layer.sql(question))
        return 0
    columns, rows = layer.ask(home, question)
    print_rows(console(), columns, rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""The semantic layer asked by name, against the tables it reads.

Here: that every KPI has its metric, and that what MetricFlow makes of a question is what the marts say. Not here: the
numbers themselves.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from itam.home import Home
from itam.publishing.read import select
from itam.semantic_layer import Question, SemanticLayer, kpi_by, main
from tests.python.refreshed_home import RefreshedHome

ROOT = Path(__file__).resolve().parents[3]
CLOSE = 1e-4  # numerator and denominator are published with six decimals, the value is not rounded

with (ROOT / "seeds" / "kpi_definitions.csv").open(encoding="utf-8", newline="") as lines:
    KPIS = {row["kpi_id"]: row for row in csv.DictReader(lines)}
SLICED = [(kpi, dimension) for kpi, row in KPIS.items() for dimension in row["dimensions"].split("|") if dimension]


@pytest.fixture(scope="session")
def layer(published: RefreshedHome) -> SemanticLayer:
    """What the refresh has declared."""
    return SemanticLayer(Home(published.root).dbt_target / "semantic_manifest.json")


def asked(layer: SemanticLayer, reader: duckdb.DuckDBPyConnection, question: Question) -> list[tuple[Any, ...]]:
    """The rows of an answer, those without a group last."""
    return select(reader, layer.sql(question)).fetchall()


def test_every_kpi_is_a_metric_under_its_own_name() -> None:
    """A KPI that the catalogue has and the metric picker has not is a KPI that somebody will compute again."""
    declared = yaml.safe_load((ROOT / "models/marts/semantic/kpi_metrics.yml").read_text(encoding="utf-8"))["metrics"]
    assert {m["name"]: (m["label"], m["description"], m["type"] == "ratio") for m in declared} == {
        kpi: (row["name"], row["question"], row["value_kind"] == "ratio") for kpi, row in KPIS.items()
    }


def test_a_metric_is_the_published_value(layer: SemanticLayer, reader: duckdb.DuckDBPyConnection) -> None:
    """Two tools, one number: the metric of a KPI without more is its newest value for all."""
    published = select(
        reader,
        "select kpi_id, value from kpi_results where dim_type = 'all'"
        " and as_of_date = (select max(as_of_date) from kpi_results)",
    ).fetchall()
    for kpi, value in published:
        ((found,),) = asked(layer, reader, Question([kpi]))
        assert found is None if value is None else abs(float(found) - value) <= CLOSE * abs(value), kpi


def test_a_kpi_by_any_of_its_dimensions_is_its_slices(layer: SemanticLayer, reader: duckdb.DuckDBPyConnection) -> None:
    """Whoever asks by name gets the slices, of the newest day and of this KPI only."""
    ((newest,),) = select(reader, "select max(as_of_date) from kpi_results").fetchall()
    for kpi, dimension in SLICED:
        slices = reader.execute(
            "select dim_value, numerator, denominator from kpi_results where kpi_id = $1 and dim_type = $2"
            " and as_of_date = $3 order by dim_value",
            [kpi, dimension, newest],
        ).fetchall()
        found = asked(layer, reader, kpi_by(kpi, dimension, newest))
        assert [row[:3] for row in found] == slices, (kpi, dimension)


def test_a_state_is_not_added_up_over_the_days_of_a_month(
    layer: SemanticLayer, reader: duckdb.DuckDBPyConnection
) -> None:
    """A month has thirty daily points and one number, that of its newest day."""
    by_month = dict(asked(layer, reader, Question(["deployment_rate"], ["metric_time__month"])))
    newest = select(
        reader,
        "select date_trunc('month', as_of_date), max_by(value, as_of_date) from kpi_results"
        " where kpi_id = 'deployment_rate' and dim_type = 'all' group by 1",
    ).fetchall()
    assert len(newest) > 3
    assert {str(month)[:10]: value for month, value in by_month.items()} == {str(m)[:10]: value for m, value in newest}


def test_facts_can_be_grouped_by_what_an_asset_is(layer: SemanticLayer, reader: duckdb.DuckDBPyConnection) -> None:
    """The published slices are one dimension at a time; cost by class and category is two."""
    found = asked(layer, reader, Question(["cost"], ["asset__asset_class", "cost_share__cost_category"]))
    ((total,),) = select(reader, "select sum(share_amount_base) from fct_costs where not is_commitment").fetchall()
    assert len({row[0] for row in found}) > 5
    assert len({row[1] for row in found}) > 5
    assert sum(row[2] or 0 for row in found) == total


def test_repairs_of_a_window_are_the_kpi(layer: SemanticLayer, reader: duckdb.DuckDBPyConnection) -> None:
    """Mean time to repair of the thirty days up to D, made of facts, is what was published for D."""
    ((day, value),) = select(
        reader,
        "select as_of_date, value from kpi_results where kpi_id = 'mean_time_to_repair' and dim_type = 'all'"
        " and as_of_date = (select max(as_of_date) from kpi_results)",
    ).fetchall()
    assert value is not None
    ended_at = "cast({{ TimeDimension('episode__ended_at', 'day') }} as date)"
    where = [f"{ended_at} > date '{day}' - 30", f"{ended_at} <= date '{day}'"]
    ((hours,),) = asked(layer, reader, Question(["hours_per_repair"], [], where))
    assert hours == pytest.approx(value)


def test_a_question_from_the_command_line(published: RefreshedHome, capsys: pytest.CaptureFixture[str]) -> None:
    """The line of the how-to page, as it stands there."""
    assert main(["deployment_rate", "--by", "department", "--home", str(published.root)]) == 0
    assert "kpi_cell__dim_value" in capsys.readouterr().out


def test_a_refresh_needs_no_metricflow() -> None:
    """The semantic layer is for those who ask; the warehouse runs without it."""
    code = "import sys, itam.cli.main, itam.refresh; print('metricflow' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
    assert "metricflow" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")

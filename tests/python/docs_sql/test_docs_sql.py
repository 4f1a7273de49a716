"""The queries of docs/sql over what a refresh publishes: they run as a reader runs them, and they answer.

Here: that columns exist, answers are not empty where the sample organisation has data, and what must add up does. Not
here: whether the numbers are right, which the tests of each area say.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest

from itam.publishing.read import select
from tests.python.refreshed_home import ITAM, RefreshedHome

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docs" / "sql"
QUERIES = sorted(FOLDER.glob("*.sql"))
READERS = ("cio", "it_ops", "finance", "auditor")

# Nothing is restated before a second refresh.
EMPTY_AFTER_ONE_REFRESH = {"cio_restated_numbers"}


def answer(reader: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    """The rows of a query, by column."""
    result = select(reader, (FOLDER / f"{name}.sql").read_text(encoding="utf-8"))
    columns = [column[0] for column in result.description or []]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def one(reader: duckdb.DuckDBPyConnection, sql: str) -> Any:
    """A single value."""
    return select(reader, sql).fetchall()[0][0]


@pytest.mark.parametrize("name", [query.stem for query in QUERIES])
def test_a_query_answers_its_question(reader: duckdb.DuckDBPyConnection, name: str) -> None:
    """An example that does not run teaches people not to trust the others."""
    rows = answer(reader, name)
    assert bool(rows) == (name not in EMPTY_AFTER_ONE_REFRESH)


def test_there_are_questions_for_every_reader_and_the_index_lists_them_all() -> None:
    """A query nobody finds was not worth writing."""
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert len(QUERIES) >= 25
    for query in QUERIES:
        question = query.read_text(encoding="utf-8").splitlines()[0]
        assert question.startswith("-- ")
        assert question.endswith("?")
        assert query.stem.startswith(READERS)
        assert f"| {question.removeprefix('-- ')} | [{query.stem}]({query.name}) |" in index


def test_slices_add_up(reader: duckdb.DuckDBPyConnection) -> None:
    """The auditor's own query must not find what we missed; a budget's size has no sign, so it may differ."""
    off = [
        row
        for row in answer(reader, "auditor_slices_add_up")
        if row["numerator_difference"] or (row["denominator_difference"] and row["kpi_id"] != "budget_variance")
    ]
    assert off == []


def test_vendors_add_up_to_technology_spend(reader: duckdb.DuckDBPyConnection) -> None:
    """Two pages with two totals end every meeting."""
    spend = sum(row["spend_amount"] for row in answer(reader, "finance_spend_by_vendor"))
    total = (
        "select numerator from kpi_results where kpi_id = 'technology_spend' and dim_type = 'all' order by as_of_date"
    )
    assert abs(spend - one(reader, f"{total} desc limit 1")) < 1


def test_money_is_not_lost_on_the_way_to_the_page(reader: duckdb.DuckDBPyConnection) -> None:
    """Three kinds of money, one sum."""
    rows = answer(reader, "cio_money_at_stake")
    kinds = sum(row["recoverable_now"] + row["at_renewal"] + row["not_cash"] for row in rows)
    assert kinds == one(reader, "select sum(amount) from kpi_impact")


def test_a_query_runs_from_the_command_line(published: RefreshedHome) -> None:
    """What the index says one can type, one can type."""
    sql = (FOLDER / "cio_headline_kpis.sql").read_text(encoding="utf-8")
    run = subprocess.run(
        [str(ITAM), "query", "--home", str(published.root), "--", sql], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "MTTR" in run.stdout or "Mean time to repair" in run.stdout

"""Great Expectations on DuckDB: the one module that knows it.

It is run in a process of its own, because the library never lets go of a database file. Not here: what is expected.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ["GX_ANALYTICS_ENABLED"] = "false"  # before the import, which reads it

import great_expectations as gx
import great_expectations.expectations as gxe
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.execution_engine import sqlalchemy_execution_engine

from itam.quality.suites import Expectation, Filled, Finding, Listed, Rule, Suite, Unique

CRASH_SHOWN = 300


class _DuckDB:
    """The dialect in the list of those whose connection must stay open while rows are fetched."""

    value = "duckdb"

    def __eq__(self, other: object) -> bool:
        return self.value == getattr(other, "value", other)

    def __hash__(self) -> int:
        return hash(self.value)


def keep_connections_open() -> None:
    """Tell the library that a cursor of DuckDB is its connection; without it nearly every expectation crashes."""
    known = sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS
    if _DuckDB() not in known:
        sqlalchemy_execution_engine._PERSISTED_CONNECTION_DIALECTS = (*known, _DuckDB())


def inspect(database: Path, suites: list[Suite], config: dict[str, Any], docs: Path | None = None) -> list[Finding]:
    """Hold a database against suites; with a folder for docs, also write the library's own pages there."""
    keep_connections_open()
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()):
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        source = context.data_sources.add_sql(
            "warehouse",
            connection_string=f"duckdb:///{database}",
            create_temp_table=False,
            kwargs={"connect_args": {"read_only": True, "config": config}},
        )
        return [finding for suite in suites for finding in _inspect(source, suite, docs)]


def _inspect(source: Any, suite: Suite, docs: Path | None) -> list[Finding]:
    """One suite; what cannot even be asked crashes every expectation of it."""
    try:
        batch = source.add_query_asset(suite.name, query=suite.batch).add_batch_definition_whole_table("all")
        expected = gx.ExpectationSuite(name=suite.name)
        for position, expectation in enumerate(suite.expectations):
            told = _translated(expectation)
            told.meta = {"position": position, "check_id": expectation.check_id, "expected": expectation.expected}
            expected.expectations.append(told)
        answer = batch.get_batch().validate(expected, result_format="COMPLETE")
    except Exception as error:
        return [_crashed(suite, e, f"{type(error).__name__}: {error}") for e in suite.expectations]
    if docs is not None:
        _write_page(docs, answer, suite)
    found = []
    answered = {result.expectation_config.meta["position"]: result for result in answer.results}
    for position, expectation in enumerate(suite.expectations):
        found += _findings(suite, expectation, answered.get(position))
    return found


def _translated(expectation: Expectation) -> Any:
    match expectation:
        case Rule():
            return gxe.UnexpectedRowsExpectation(unexpected_rows_query=expectation.counted)
        case Filled(column=column):
            return gxe.ExpectColumnValuesToNotBeNull(column=column)
        case Unique(columns=columns):
            return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(columns))
        case Listed(column=column, values=values):
            return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=list(values))


def _findings(suite: Suite, expectation: Expectation, result: Any) -> list[Finding]:
    """What a result says; `success` is false for a crash too, so the exception is read first."""
    if result is None:
        return [_crashed(suite, expectation, "the library returned no result")]
    if crash := _exception(result.exception_info):
        return [_crashed(suite, expectation, crash)]
    clean = Finding(expectation.check_id, expectation.expected, suite.name, suite.feed)
    if result.success:
        return [clean]
    if isinstance(expectation, Rule):
        rows = result.result["details"]["unexpected_rows"]
        return [replace(clean, **{**row, "feed": row["feed"] or suite.feed}) for row in rows]
    wrong = int(result.result.get("unexpected_count") or 0)
    about = ", ".join(getattr(expectation, "columns", ())) or getattr(expectation, "column", "")
    return [replace(clean, failing_rows=max(wrong, 1), examples=f"{about}: {wrong} rows")]


def _exception(info: dict[str, Any]) -> str:
    """Why an expectation crashed; the library nests what happened to each of its metrics."""
    for part in [info] if "raised_exception" in info else info.values():
        if part.get("raised_exception"):
            return str(part.get("exception_message") or "an exception without a message")
    return ""


def _crashed(suite: Suite, expectation: Expectation, why: str) -> Finding:
    text = " ".join(why.split())[:CRASH_SHOWN]
    return Finding(expectation.check_id, expectation.expected, suite.name, suite.feed, crash=text or "no message")


def _write_page(docs: Path, answer: Any, suite: Suite) -> None:
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    page = DefaultJinjaPageView().render(ValidationResultsPageRenderer().render(answer))
    docs.mkdir(parents=True, exist_ok=True)
    (docs / f"{suite.name}.html").write_text(str(page), encoding="utf-8")

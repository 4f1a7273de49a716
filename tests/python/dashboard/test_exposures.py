"""models/marts/exposures.yml against what reads the marts: SQL is recorded while pages, reports and alerts are made."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import datetime
from typing import Any

import pytest
import sqlglot
import yaml
from sqlglot import exp

from itam.alerts import states
from itam.cli import scorecard
from itam.dashboard.data import Marts
from itam.home import PROJECT_DIR, Home
from itam.publishing.publish import LEDGER_TABLES
from itam.publishing.read import open_marts
from itam.reports import pack as packs
from itam.reports.write import content
from tests.python.dashboard.conftest import Draw
from tests.python.refreshed_home import RefreshedHome

EXPOSURES = {
    one["name"]: {re.sub(r"ref\('(\w+)'\)", r"\1", ref) for ref in one["depends_on"]}
    for one in yaml.safe_load((PROJECT_DIR / "models/marts/exposures.yml").read_text(encoding="utf-8"))["exposures"]
}
PAGES = {
    "cio_page": ("cio", {}),
    "it_operations_page": ("it_ops", {}),
    "finance_page": ("finance", {}),
    "kpi_page": ("kpi", {"kpi": "patch_compliance_rate"}),
    "changes_page": ("changes", {}),
    "data_quality_page": ("quality", {}),
    "feeds_page": ("feeds", {}),
    "maturity_page": ("maturity", {}),
}
REPORTS = {"report_of_cio": "cio", "report_of_it_operations": "it_ops", "report_of_finance": "finance"}
QUESTIONS = {
    "questions_of_a_cio": "cio",
    "questions_of_it_operations": "it_ops",
    "questions_of_finance": "finance",
    "questions_of_an_auditor": "auditor",
}


def tables(sql: str) -> set[str]:
    """The published models that a query reads; ledgers are no models."""
    parsed = sqlglot.parse_one(sql, dialect="duckdb")
    known = {cte.alias for cte in parsed.find_all(exp.CTE)} | set(LEDGER_TABLES)
    return {table.name for table in parsed.find_all(exp.Table) if table.name and table.name not in known}


class Recorder:
    """A connection that notes what it is asked."""

    def __init__(self, con: Any, read: set[str]) -> None:
        self._con, self._read = con, read

    def execute(self, sql: str, *values: Any) -> Any:
        """Note, then ask."""
        self._read |= tables(sql)
        return self._con.execute(sql, *values)

    def close(self) -> None:
        """Close what is behind."""
        self._con.close()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What has been read since the test began."""
    noted: set[str] = set()
    for name in ("rows", "stream"):
        original = getattr(Marts, name)

        def noting(self: Marts, sql: str, _original: Any = original, **values: Any) -> Any:
            noted.update(tables(sql))
            return _original(self, sql, **values)

        monkeypatch.setattr(Marts, name, noting)
    return noted


@pytest.mark.parametrize("exposure", PAGES)
def test_a_page_reads_what_its_exposure_names(
    draw: Draw, published: RefreshedHome, read: set[str], exposure: str
) -> None:
    """Who changes a mart asks the exposures whom to tell, and PostgreSQL asks them who may read it."""
    path, state = PAGES[exposure]
    draw(Home(published.root), path, **state)
    assert read == EXPOSURES[exposure]


@pytest.mark.parametrize("exposure", REPORTS)
def test_a_report_reads_what_its_exposure_names(marts: Marts, read: set[str], exposure: str) -> None:
    """A report is sent to people who never see a page: nobody notices there that a column is gone."""
    content(packs.build(marts, REPORTS[exposure], None, "UTC"), "xlsx")
    assert read == EXPOSURES[exposure]


def test_the_scorecard_reads_what_its_exposure_names(published: RefreshedHome, read: set[str]) -> None:
    """It is what people look at first, and in scripts."""
    with closing(open_marts(Home(published.root))) as con:
        scorecard.load(Recorder(con, read), None, None)  # type: ignore[arg-type]
    assert read == EXPOSURES["scorecard"]


def test_alerts_read_what_their_exposure_names(
    published: RefreshedHome, read: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alert that fails in silence is an alert that nobody misses."""
    monkeypatch.setattr(states, "open_marts", lambda home: Recorder(open_marts(home), read))
    states.current(Home(published.root), datetime(2026, 7, 1))
    assert read == EXPOSURES["alerts"]


def test_the_dashboard_in_superset_reads_what_its_exposure_names() -> None:
    """It lives in another program and breaks without a test of ours."""
    read: set[str] = set()
    for file in sorted((PROJECT_DIR / "bi" / "superset" / "export" / "datasets").rglob("*.yaml")):
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
        read |= tables(said["sql"]) if said["sql"] else {said["table_name"]}
    assert read == EXPOSURES["superset_dashboard"]


@pytest.mark.parametrize("exposure", QUESTIONS)
def test_questions_in_sql_read_nothing_that_their_exposure_does_not_name(exposure: str) -> None:
    """People copy these queries; with the rights of their role they have to run. Much else can be asked of a fact."""
    files = sorted((PROJECT_DIR / "docs" / "sql").glob(f"{QUESTIONS[exposure]}_*.sql"))
    assert files
    assert set().union(*(tables(file.read_text(encoding="utf-8")) for file in files)) <= EXPOSURES[exposure]


def test_every_reader_here_is_held_against_its_exposure() -> None:
    """An exposure that no test knows is a guess; two are, and say so: tools of others, and the semantic layer."""
    here = {*PAGES, *REPORTS, *QUESTIONS, "scorecard", "alerts", "superset_dashboard"}
    elsewhere = {"bi_of_a_cio", "bi_of_it_operations", "bi_of_finance", "kpi_by_dimension"}
    assert set(EXPOSURES) == here | elsewhere

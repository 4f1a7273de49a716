"""The recipes of docs/connect, taken out of the pages and run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from python_calamine import CalamineWorkbook

from itam.home import PROJECT_DIR, Home
from itam.publishing.read import open_marts
from tests.python.refreshed_home import RefreshedHome
from tests.python.sample_home import published_sample

PAGES = PROJECT_DIR / "docs" / "connect"
BIN = Path(sys.executable).parent
BLOCK = re.compile(r"```(python|bash)\n(.*?)```", re.S)
RECIPES = [
    pytest.param(language, text, id=f"{page}-{language}-{number}")
    for page in ("duckdb", "jupyter")
    for number, (language, text) in enumerate(BLOCK.findall((PAGES / f"{page}.md").read_text(encoding="utf-8")))
]
(SHELL,) = (recipe.values[1] for recipe in RECIPES if str(recipe.values[1]).startswith("duckdb "))
((_, EXPORTS),) = BLOCK.findall((PAGES / "excel.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> RefreshedHome:
    """A sample organisation after its first refresh; only read here."""
    return published_sample(tmp_path_factory)


@pytest.fixture
def folder(published: RefreshedHome, tmp_path: Path) -> Path:
    """Where a reader of the pages stands: `data` is the home, the commands are on the path."""
    (tmp_path / "data").symlink_to(published.root)
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """As a person would, without whatever else is set on this machine."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("language", "text"), RECIPES)
def test_a_recipe_runs_as_it_stands_on_the_page(folder: Path, language: str, text: str) -> None:
    """A recipe that fails is the last one that somebody tries."""
    done = run(folder, sys.executable, "-c", text) if language == "python" else run(folder, "bash", "-ec", text)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() or text.count(" > ")


def test_the_exports_on_the_page_hold_what_is_published(folder: Path, published: RefreshedHome) -> None:
    """Who sums a column in Excel gets the sum of the mart."""
    done = run(folder, "bash", "-ec", EXPORTS)
    assert done.returncode == 0, done.stderr
    head, *rows = CalamineWorkbook.from_path(folder / "finance.xlsx").get_sheet_by_name("kpi_impact").to_python()
    column = head.index("amount")
    with closing(open_marts(Home(published.root))) as marts:
        ((count, total),) = marts.execute("select count(*), sum(amount)::double from kpi_impact").fetchall()
        expected = marts.execute("select count(*) from fct_device_sightings").fetchall()
    assert len(rows) == count > 0
    assert sum(float(str(row[column])) for row in rows) == pytest.approx(total)
    assert duckdb.sql(f"select count(*) from '{folder / 'sightings.parquet'}'").fetchall() == expected


@pytest.mark.parametrize(
    "attempt",
    [
        "select * from read_csv('/etc/hostname')",
        "attach 'other.duckdb' as other",
        "copy (select 1) to 'out.csv'",
        "set enable_external_access = true",
        "create table marts.mine as select 1",
        ".shell true",
        ".output out.csv",
        ".open other.duckdb",
    ],
)
def test_duckdbs_own_command_line_reaches_nothing_else(folder: Path, attempt: str) -> None:
    """The recipe is handed to people who may see the marts, not the machine."""
    done = run(
        folder, "bash", "-ec", re.sub(r'-c "select .*?"', '-c "$ATTEMPT"', str(SHELL)).replace("$ATTEMPT", attempt)
    )
    assert done.returncode != 0
    assert re.search(r"disabled by configuration|has been locked|read-only mode|in -safe mode", done.stderr)
    assert [path.name for path in folder.iterdir()] == ["data"]

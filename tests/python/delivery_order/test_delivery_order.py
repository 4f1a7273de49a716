"""The published tables depend on what was delivered, not on when, in which order or in how many runs it came in.

Here: a small sample organisation through whole refreshes, in several orders. Not here: the raw tables alone, which
landing's own tests shuffle far more often.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from itam.landing import land
from itam.sample import write_sample
from tests.python.refreshed_home import RefreshedHome

AS_OF, MONTH_END = "2026-06-30", "2026-05-31"
WEEKS, ASSETS = 11, 30
"""Just long enough for the register list that comes in late, and for a month end between two deliveries."""

SINCE_LAST_TIME = {
    *("kpi_baselines", "kpi_exceptions", "kpi_locks", "kpi_scorecard", "mart_maturity", "mart_restatements"),
    *("mart_cio", "mart_it_ops", "mart_finance"),
}
"""Tables that speak of what readers were given before: new since then, first reported, restated."""
NOT_COMPARED = ("target", "target_state", "rag", "baseline_value")
"""What follows from the values first reported (the baseline)."""

Tables = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The landing folder of an organisation, to be copied from."""
    made = tmp_path_factory.mktemp("organisation")
    write_sample(made, assets=ASSETS, as_of=date.fromisoformat(AS_OF), seed=5, weeks=WEEKS)
    return made / "landing"


def bring(home: RefreshedHome, deliveries: Path, files: Iterable[Path]) -> None:
    """Copy some deliveries into the landing folder, each with its manifest."""
    for file in files:
        target = home.root / "landing" / file.relative_to(deliveries)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)


def units(deliveries: Path) -> list[list[Path]]:
    """The files of each delivery, in the order of their extracts."""
    found: dict[tuple[str, str], list[Path]] = {}
    for file in sorted(path for path in deliveries.rglob("*") if path.is_file()):
        found.setdefault((file.name.split(".")[0], file.parent.as_posix()), []).append(file)
    return [files for _, files in sorted(found.items())]


def refreshed(home: RefreshedHome, as_of: str) -> None:
    """Refresh, and say what was said when it fails."""
    answer = home.refresh(as_of)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def published(home: RefreshedHome) -> Tables:
    """Every published table as sorted rows, without the logs of refreshes and the numbers of rows in a warehouse."""
    names = home.published(
        "select table_name from duckdb_tables() where schema_name = 'marts' and not contains(table_name, '_log')"
    )
    return {
        name: home.published(f"select columns(c -> c not in {NOT_COMPARED}) from marts.{name} order by all")
        for (name,) in sorted(names)
        if name not in SINCE_LAST_TIME
    }


@pytest.fixture(scope="module")
def incremental(deliveries: Path, tmp_path_factory: pytest.TempPathFactory) -> RefreshedHome:
    """Deliveries as they came: a refresh of May, one when the tickets of June are there, one when everything is."""
    home = RefreshedHome(tmp_path_factory.mktemp("incremental"))
    early = [files for files in units(deliveries) if files[0].name[:10] <= MONTH_END]
    bring(home, deliveries, (file for files in early for file in files))
    refreshed(home, MONTH_END)
    late = [file for files in units(deliveries)[len(early) :] for file in files]
    bring(home, deliveries, (file for file in late if file.parent.name == "incident"))
    refreshed(home, AS_OF)
    bring(home, deliveries, late)
    refreshed(home, AS_OF)
    return home


def test_order_and_batches_do_not_show(incremental: RefreshedHome, deliveries: Path, tmp_path: Path) -> None:
    """Two people who feed the same files on different days must read the same numbers.

    One home is refreshed as they come, which builds what each change touches. The other gets the same deliveries
    shuffled, in three runs of landing, and one refresh at the end. Every published table is equal, row by row.
    """
    shuffled = RefreshedHome(tmp_path)
    shutil.copy(incremental.root / "secret.key", shuffled.root)
    order = units(deliveries)
    random.Random(7).shuffle(order)
    third = len(order) // 3
    for batch in (order[:third], order[third : 2 * third]):
        bring(shuffled, deliveries, (file for files in batch for file in files))
        land(shuffled.root)
    bring(shuffled, deliveries, (file for files in order[2 * third :] for file in files))
    refreshed(shuffled, AS_OF)
    first, second = published(incremental), published(shuffled)
    assert {"kpi_results", "fct_asset_timeline", "fct_costs", "fct_license_position"} <= first.keys()
    assert [name for name in first.keys() | second.keys() if first.get(name) != second.get(name)] == []


def test_a_day_computed_again_gives_the_same_bytes(incremental: RefreshedHome) -> None:
    """A number that changes because somebody pressed the button twice is no number."""
    file = incremental.root / "published" / "parquet" / "kpi_results.parquet"
    before, tables = file.read_bytes(), published(incremental)
    refreshed(incremental, AS_OF)
    assert file.read_bytes() == before
    assert published(incremental) == tables

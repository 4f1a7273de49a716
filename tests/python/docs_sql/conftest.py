"""A sample organisation, refreshed once for all who ask it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import duckdb
import pytest

from itam.home import Home
from itam.publishing.read import open_marts
from tests.python.refreshed_home import ITAM, RefreshedHome


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> RefreshedHome:
    """A sample organisation after its first refresh."""
    home = RefreshedHome(tmp_path_factory.mktemp("docs_sql"))
    sample = ["sample", "--home", str(home.root), "--assets", "400", "--as-of", "2026-06-30", "--weeks", "14"]
    subprocess.run([str(ITAM), *sample], check=True, capture_output=True, text=True)
    run = home.refresh()
    assert run.returncode == 0, run.stdout + run.stderr
    return home


@pytest.fixture
def reader(published: RefreshedHome) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published marts, opened as `itam query` opens them."""
    with open_marts(Home(published.root)) as connection:
        yield connection

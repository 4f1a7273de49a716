"""A sample organisation, refreshed once for all who ask it."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from itam.home import Home
from itam.publishing.read import open_marts
from tests.python.refreshed_home import RefreshedHome
from tests.python.sample_home import published_sample


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> RefreshedHome:
    """A sample organisation after its first refresh."""
    return published_sample(tmp_path_factory)


@pytest.fixture
def reader(published: RefreshedHome) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published marts, opened as `itam query` opens them."""
    with open_marts(Home(published.root)) as connection:
        yield connection

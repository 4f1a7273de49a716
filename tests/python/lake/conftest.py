"""A home whose warehouse is that of the sample organisation, for tests that write beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from itam.home import Home
from tests.python.sample_home import published_sample


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A copy of the warehouse in a home of its own."""
    sample = published_sample(tmp_path_factory)
    copy = Home(tmp_path_factory.mktemp("lake"))
    copy.create()
    shutil.copy(Path(sample.root) / "warehouse.duckdb", copy.warehouse)
    return copy

"""A published sample, and pages of it drawn without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from itam.dashboard import data, serve
from itam.dashboard.data import Marts
from itam.home import Home
from tests.python.refreshed_home import RefreshedHome
from tests.python.sample_home import copy_published, published_sample

Draw = Callable[..., AppTest]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> RefreshedHome:
    """A sample organisation after its first refresh; nobody writes to it."""
    return published_sample(tmp_path_factory)


@pytest.fixture(scope="session")
def marts(published: RefreshedHome) -> Iterator[Marts]:
    """What it published."""
    with data.reading(Home(published.root)) as opened:
        yield opened


@pytest.fixture
def copy(published: RefreshedHome, tmp_path: Path) -> Home:
    """A home of one's own with the same published files, to be changed."""
    return copy_published(Home(published.root), tmp_path / "copy")


@pytest.fixture
def draw(monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Draw a page of a home: ``draw(home, "kpi", kpi="…")``."""

    def drawn(home: Home, path: str = "", **state: str) -> AppTest:
        monkeypatch.setenv("ITAM_HOME", str(home.root))
        page = AppTest.from_file(str(serve.APP), default_timeout=60)
        for name, value in state.items():
            page.query_params[name] = value
        if path:
            page._page_hash = calc_hash(path)  # pages that are functions have no file to switch to
        page.run()
        assert not page.exception, page.exception[0].value
        return page

    assert get_script_run_ctx(suppress_warning=True) is None
    return drawn


def text_of(page: AppTest) -> str:
    """Everything a page says in our own markup, as text."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup_of(page)))


def markup_of(page: AppTest) -> str:
    """Our own markup on a page and its side."""
    found = [*page.main.get("html"), *page.sidebar.get("html")]
    return "\n".join(e.proto.body for e in found)


def status_of(home: Home) -> duckdb.DuckDBPyConnection:
    """The report of the last refresh, to be changed."""
    connection = duckdb.connect(str(home.status))
    connection.execute("use quality")
    return connection

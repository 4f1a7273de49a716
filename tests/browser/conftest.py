"""A running dashboard of a published sample, and a Chromium that looks at it: ``make browser``.

Slow, and not part of ``make test``: it wants a browser (``ITAM_CHROMIUM`` names another than the one on the path).
``ITAM_BROWSER_HOME`` names a home that is refreshed already; without it a sample is made, which takes minutes.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from itam.home import Home
from itam.reports.pdf import browser as chromium
from tests.python.refreshed_home import ITAM
from tests.python.sample_home import copy_published, published_sample

PAGES = ("cio", "it_ops", "finance", "kpi?kpi=patch_compliance_rate", "changes", "quality", "feeds", "maturity")
THEMES = ("light", "dark")
WIDTHS = (390, 820, 1440)
PROBES = ("_stcore/health", "_stcore/host-config")
"""Streamlit looks for itself below the page's path first; that answers 404 and means nothing."""


@dataclass
class Server:
    """A dashboard that runs, on a home of its own."""

    home: Home
    url: str


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real command, on a copy of the published files."""
    named = os.environ.get("ITAM_BROWSER_HOME")
    source = Home(Path(named)) if named else Home(published_sample(tmp_path_factory).root)
    home = copy_published(source, tmp_path_factory.mktemp("served") / "home")
    with serving(home, free_port()) as url:
        yield Server(home, url)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(home: Home, port: int) -> Iterator[str]:
    """The real command, until it is no longer needed; its address."""
    process = subprocess.Popen(
        [str(ITAM), "dashboard", "--home", str(home.root), "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{url}_stcore/health", timeout=1).read()
                break
            except OSError:
                time.sleep(0.5)
        yield url
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    """One browser for all."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=chromium(), args=["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        )
        yield made
        made.close()


def settled(page: Page) -> Page:
    """A page that has been drawn to its end."""
    page.wait_for_selector(".itam h1", timeout=30_000)
    page.wait_for_selector("[data-drawn]", state="attached", timeout=30_000)
    return page

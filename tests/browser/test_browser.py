"""The pages in a browser: what is drawn, in both themes and on three widths, for eyes, keyboards and screen readers."""

from __future__ import annotations

import shutil
import statistics
import time
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from itam.dashboard import data
from itam.home import PROJECT_DIR
from tests.browser.conftest import PAGES, PROBES, THEMES, WIDTHS, Server, settled

SHOTS = PROJECT_DIR / "target" / "browser"
VIEWERS = 20
VERSIONS = 5


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_every_page_is_drawn_without_a_word_in_the_console(
    server: Server, chrome: Browser, theme: str, width: int
) -> None:
    """An error in the console is a chart that somebody does not see. The pictures are for looking at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    context = chrome.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    said: list[str] = []
    for path in PAGES:
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda m: said.append(f"{m.text} {m.location['url']}") if m.type == "error" else None)
        page.on(
            "request", lambda r: said.append(r.url) if not r.url.startswith((server.url, "data:", "blob:")) else None
        )
        settled(page.goto(server.url + path) and page)
        page.wait_for_timeout(1000)
        height = min(6000, int(page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")) + 10)
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(400)
        page.screenshot(path=SHOTS / f"{path.partition('?')[0]}_{theme}_{width}.png")
        overflow = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{path} is wider than the screen"
        page.close()
    context.close()
    assert [line for line in said if not any(probe in line for probe in PROBES)] == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", PAGES)
def test_nothing_serious_for_screen_readers(server: Server, chrome: Browser, path: str, theme: str) -> None:
    """A page that a screen reader stumbles over is closed to a colleague."""
    page = chrome.new_page(viewport={"width": 1280, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    page.goto(server.url + path)
    settled(page)
    page.wait_for_timeout(1000)
    found = Axe().run(page).response["violations"]
    page.close()
    assert [(v["id"], v["nodes"][0]["target"]) for v in found if v["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("role", data.ROLES)
def test_the_numbers_in_the_page_are_the_published_ones(server: Server, chrome: Browser, role: str) -> None:
    """Read from the page as the browser holds it, against kpi_results."""
    page = chrome.new_page()
    page.goto(server.url + role)
    settled(page)
    cards = page.evaluate("[...document.querySelectorAll('article.card')].map(e => [e.dataset.kpi, e.dataset.value])")
    page.close()
    with duckdb.connect(str(server.home.link.resolve()), read_only=True) as con:
        published = con.execute(
            "select r.kpi_id, r.value from marts.kpi_results as r join marts.kpi_catalog as c using (kpi_id)"
            " where dim_type = 'all' and as_of_date = (select max(as_of_date) from marts.kpi_results)"
            " and list_contains(str_split(c.roles, '|'), ?)",
            [role],
        ).fetchall()
    assert dict(cards) == {kpi: "" if value is None else repr(value) for kpi, value in published}


def test_the_keyboard_reaches_a_kpi(server: Server, chrome: Browser) -> None:
    """Who cannot use a mouse opens a KPI from its card."""
    page = chrome.new_page()
    page.goto(server.url + "cio")
    settled(page)
    page.locator("article.card h3 a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/kpi?kpi=*")
    settled(page)
    page.close()


def test_a_page_loads_in_two_seconds(server: Server, chrome: Browser) -> None:
    """A page that takes its time is not looked at."""
    took = []
    for path in PAGES * 2:
        page = chrome.new_page()
        began = time.perf_counter()
        page.goto(server.url + path)
        settled(page)
        took.append(time.perf_counter() - began)
        page.close()
    assert statistics.median(took) < 2


def test_twenty_viewers_follow_while_refreshes_publish(server: Server, chrome: Browser) -> None:
    """Each sees the new version within 30 seconds, nobody an error, and nobody two versions at once."""
    context = chrome.new_context()
    viewers = []
    for n in range(VIEWERS):
        page = context.new_page()
        page.goto(server.url + PAGES[n % len(PAGES)])
        viewers.append(page)
    for page in viewers:
        settled(page)
    first = server.home.link.resolve()
    for n in range(VERSIONS):
        version = server.home.versions / f"itam_9999123{n}T000000000000Z.duckdb"
        shutil.copy(first, version)
        fresh = server.home.published / ".itam.duckdb.new"
        fresh.symlink_to(Path("versions") / version.name)
        fresh.replace(server.home.link)
        if n > 1:
            (server.home.versions / f"itam_9999123{n - 2}T000000000000Z.duckdb").unlink()
        time.sleep(3)
    name = data.version_of(server.home.link.resolve())
    until = time.monotonic() + 30
    waiting = list(viewers)
    while waiting and time.monotonic() < until:
        waiting = [p for p in waiting if not p.locator(f'[data-version="{name}"]').count()]
        time.sleep(0.5)
    errors = [p.url for p in viewers if p.locator("[data-testid=stException]").count()]
    mixed = [p.url for p in viewers if p.locator("[data-version]").count() != 1]
    context.close()
    assert (len(waiting), errors, mixed) == (0, [], [])

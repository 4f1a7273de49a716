"""The frame around every page: sign-in, navigation, the day, what to know first, and following what is published.

A page is drawn from one version. Every few seconds a small part of it looks where the link leads; when that changed,
the whole page is drawn again from the new version, so that no picture is mixed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import streamlit as st
from markupsafe import Markup

from itam.dashboard import access, data, parts, states, words
from itam.dashboard.access import Reader
from itam.dashboard.data import Marts, Told
from itam.dashboard.screens import changes, feeds, home_page, kpi, maturity, quality
from itam.dashboard.view import View, choose, heading, html
from itam.home import Home
from itam.settings import Settings, load_settings

FOLLOW_SECONDS = 5
TRIES = 3
ICON = Path(__file__).with_name("templates") / "icon.png"
Mark = tuple[str | None, tuple[int, int] | None]

_reports: dict[Path, tuple[tuple[int, int] | None, Told]] = {}
_report_lock = threading.Lock()


@st.cache_resource(max_entries=3, show_spinner=False)
def marts_of(path: str) -> Marts:
    """A version, opened once for all readers."""
    return data.open_version(Path(path))


def report_of(home: Home) -> Told:
    """The report of the newest refresh, read again when it was replaced: closed before anybody else opens it."""
    with _report_lock:
        mark = data.status_mark(home)
        known = _reports.get(home.status)
        if known is None or known[0] != mark:
            known = mark, data.told(home)
            _reports[home.status] = known
        return known[1]


def opened(home: Home, shown: Mark) -> tuple[Marts, Mark]:
    """The version to show; one that was tidied away between looking and opening makes place for its successor."""
    for _ in range(TRIES):
        try:
            return marts_of(str(shown[0])), shown
        except duckdb.IOException:
            shown = mark_of(home)
    return marts_of(str(shown[0])), shown


def mark_of(home: Home) -> Mark:
    """What changes when there is something new to show."""
    path = data.published_path(home)
    return (str(path) if path else None), data.status_mark(home)


def main() -> None:
    """Draw the page that the address asks for."""
    st.set_page_config(page_title="ITAM", page_icon=str(ICON), layout="wide")
    st.html(f"<style>{parts.style('look.css')}{parts.style('page.css')}</style>")
    home = Home.locate()
    settings = load_settings(home.root)
    reader = sign_in(settings)
    if reader is None:
        return
    shown = mark_of(home)
    report = report_of(home)
    if shown[0] is None:
        st.navigation([st.Page(lambda: None, title="ITAM", url_path="start", default=True)], position="hidden")
        heading("IT asset management")
        html(parts.notes(states.nothing_yet(report, str(home.root), settings.time_zone)))
        follow(home, shown)
        return
    marts, shown = opened(home, shown)
    draw(home, settings, marts, report, reader)
    with st.sidebar:
        follow(home, shown)
        about(reader, marts, settings)


def draw(home: Home, settings: Settings, marts: Marts, report: Told, reader: Reader) -> None:
    """Navigation, what to know first, the page."""
    days = [d.isoformat() for d in data.days_with_slices(marts)]
    asked = st.query_params.get("as_of", days[0])
    day = date.fromisoformat(asked if asked in days else days[0])
    view = View(home, settings, marts, report, day, date.fromisoformat(days[0]), reader.roles)
    groups = pages(view)
    page = st.navigation([one for found in groups.values() for one in found], position="hidden")
    with st.sidebar:
        menu(groups, {} if day == view.newest else {"as_of": day.isoformat()})
        choose("As of", "as_of", days, days[0], lambda d: words.long_day(date.fromisoformat(d)))
    if page.url_path == "":
        page.run()
        return
    notes = [*states.of_refresh(report, marts, view.zone), *states.of_day(marts, day)]
    if notes:
        html(parts.notes(notes))
    page.run()
    html(Markup('<span data-drawn="{}"></span>').format(marts.version))


def menu(groups: dict[str, list[st.Page]], state: dict[str, str]) -> None:
    """Links to the pages; the day comes along. Streamlit's own menu is a list that screen readers cannot read."""
    for title, found in groups.items():
        if title:
            html(Markup('<p class="soft">{}</p>').format(title))
            for one in found:
                st.page_link(one, query_params=state)


def pages(view: View) -> dict[str, list[st.Page]]:
    """The pages of a reader: home pages by role, the others for everybody."""
    made: dict[str, list[st.Page]] = {"": [], "Home": [], "Look closer": []}

    def add(group: str, show: Callable[[], None], title: str, path: str, icon: str) -> None:
        made[group].append(st.Page(show, title=title, url_path=path, icon=f":material/{icon}:"))

    icons = {"cio": "insights", "it_ops": "build", "finance": "payments"}
    for role in view.roles:
        add("Home", lambda role=role: home_page.show(view, role), data.ROLES[role], role, icons[role])  # type: ignore[misc]
    add("Look closer", lambda: kpi.show(view), "KPIs", "kpi", "query_stats")
    add("Look closer", lambda: changes.show(view), "What changed", "changes", "compare_arrows")
    add("Look closer", lambda: quality.show(view), "Data quality", "quality", "fact_check")
    add("Look closer", lambda: feeds.show(view), "Feeds", "feeds", "input")
    add("Look closer", lambda: maturity.show(view), "Maturity", "maturity", "stairs")
    first = made["Home"][0]

    def start() -> None:
        st.switch_page(first, query_params=st.query_params.to_dict())

    made[""].append(st.Page(start, title="ITAM", url_path="start", default=True, visibility="hidden"))
    return made


@st.fragment(run_every=FOLLOW_SECONDS)
def follow(home: Home, shown: Mark) -> None:
    """Draw the page again as soon as something new is published."""
    if mark_of(home) != shown:
        st.rerun()


def about(reader: Reader, marts: Marts, settings: Settings) -> None:
    """Which version this is, and for whom."""
    said = f"Published {words.moment(data.published_at(marts), settings.time_zone)}. Times: {settings.time_zone}."
    who = f" Signed in: {reader.name}." if reader.name else ""
    html(Markup('<p class="soft" data-version="{}">{}{}</p>').format(marts.version, said, who))
    sign_out(settings)


def sign_in(settings: Settings) -> Reader | None:
    """The reader, or a page that says how to become one."""
    chosen = settings.dashboard
    if chosen.sign_in == "none":
        return Reader(None, tuple(data.ROLES))
    if chosen.sign_in == "proxy":
        reader = access.by_proxy(st.context.headers.to_dict(), chosen)
    else:
        reader = access.by_oidc(st.user.to_dict(), chosen)
    if reader is not None and reader.roles:
        return reader
    heading("IT asset management")
    if reader is not None:
        note = parts.Note(
            "no_role", "warn", "No role.", f"{reader.name} has no role here; dashboard.roles in settings.yml gives one."
        )
    elif chosen.sign_in == "oidc":
        note = parts.Note("sign_in", "info", "Please sign in.", "")
    else:
        note = parts.Note("sign_in", "warn", "Not signed in.", "Open this page through the sign-in of your network.")
    html(parts.notes([note]))
    if reader is not None:
        sign_out(settings)
    elif chosen.sign_in == "oidc" and st.button("Sign in"):
        st.login()
    return None


def sign_out(settings: Settings) -> None:
    """The way out for who came in by the provider; a proxy has its own."""
    if settings.dashboard.sign_in == "oidc" and st.button("Sign out"):
        st.logout()

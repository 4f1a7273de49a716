"""What a page knows while it is drawn, and how it draws: one version, one day, one reader.

Here: the glue between published rows and Streamlit. The address of a page holds its whole state, so that a link shows
another person the same. Not here: what stands on a page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from markupsafe import Markup

from itam.dashboard import parts
from itam.dashboard.data import Marts, Told
from itam.dashboard.tables import Section
from itam.home import Home
from itam.settings import Settings


@dataclass(frozen=True)
class View:
    """What a page is drawn from."""

    home: Home
    settings: Settings
    marts: Marts
    report: Told
    day: date
    newest: date
    roles: tuple[str, ...]

    @property
    def zone(self) -> str:
        """The time zone in which times are shown."""
        return self.settings.time_zone

    def link(self, kpi_id: str) -> str:
        """The address of a KPI's page, on the same day."""
        return "kpi?" + urlencode({"kpi": kpi_id, **self._day()})

    def _day(self) -> dict[str, str]:
        return {} if self.day == self.newest else {"as_of": self.day.isoformat()}


def html(text: str) -> None:
    """Markup of ours, in our look."""
    st.html(f'<div class="itam">{text}</div>')


def heading(title: str, under: str = "") -> None:
    """The title of a page."""
    html(Markup("<h1>{}</h1>").format(title) + (Markup('<p class="soft">{}</p>').format(under) if under else ""))


def subheading(title: str, under: str = "") -> None:
    """The title of a part."""
    html(Markup("<h2>{}</h2>").format(title) + (Markup('<p class="soft">{}</p>').format(under) if under else ""))


def section(view: View, found: Section) -> None:
    """A part of a page: title, sentence, chart, table."""
    subheading(found.title, found.note)
    if found.chart is not None:
        st.altair_chart(found.chart, width="stretch", alt=found.alt, key=f"chart_{found.key}")
    if found.table is None:
        return
    made = parts.table(found.table, found.title, view.link)
    if found.is_table_open or not found.table.rows:
        html(made)
    else:
        html(Markup("<details><summary>{} as a table</summary>{}</details>").format(found.title, made))


def sections(view: View, found: Sequence[Section]) -> None:
    """Parts of a page: wide ones alone, others in pairs."""
    waiting: list[Section] = []

    def flush() -> None:
        for pair in (waiting[i : i + 2] for i in range(0, len(waiting), 2)):
            for column, one in zip(st.columns(2, gap="medium"), pair, strict=False):
                with column:
                    section(view, one)
        waiting.clear()

    for one in found:
        if one.is_wide:
            flush()
            section(view, one)
        else:
            waiting.append(one)
    flush()


def choose(
    label: str,
    name: str,
    options: Sequence[str],
    default: str,
    say: Callable[[str], str] = str,
    *,
    resets: Sequence[str] = (),
    how: str = "select",
) -> str:
    """A choice that stands in the address: ``?name=…``; the default leaves it out."""
    asked = st.query_params.get(name, default)
    key = f"choice_{name}"
    st.session_state[key] = asked if asked in options else default

    def remember() -> None:
        chosen = st.session_state[key]
        for other in resets:
            st.query_params.pop(other, None)
        if chosen is None or chosen == default:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = chosen

    if how == "segments":
        st.segmented_control(label, options, key=key, format_func=say, on_change=remember)
    else:
        st.selectbox(label, options, key=key, format_func=say, on_change=remember)
    chosen: Any = st.session_state[key]
    return str(chosen if chosen is not None else default)

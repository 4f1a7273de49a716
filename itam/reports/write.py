"""``itam report``: a report of one role and day, into ``$ITAM_HOME/reports/`` or where the reader wants it."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Literal

from itam.dashboard import data
from itam.home import Home
from itam.reports import page, pdf, workbook
from itam.reports.pack import MEMBERS, WORKBOOK_MEMBERS, Pack, build
from itam.settings import load_settings

Format = Literal["html", "pdf", "xlsx", "txt"]


def write(home: Home, role: str, as_of: date | None, how: Format, output: Path | None = None) -> Path:
    """Make one file, completely or not at all."""
    zone = load_settings(home.root).time_zone
    with data.reading(home) as marts:
        pack = build(marts, role, as_of, zone, WORKBOOK_MEMBERS if how == "xlsx" else MEMBERS)
    place = output or home.root / "reports" / f"itam_{role}_{pack.day}.{how}"
    made = content(pack, how)
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished = place.with_name(f".{place.name}.part")
    unfinished.write_bytes(made)
    os.replace(unfinished, place)  # noqa: PTH105 - the atomic one
    return place


def content(pack: Pack, how: Format) -> bytes:
    """The file's bytes."""
    if how == "xlsx":
        return workbook.content(pack)
    if how == "txt":
        return pack.summary.text().encode("utf-8")
    text = page.html(pack)
    return pdf.content(text) if how == "pdf" else text.encode("utf-8")

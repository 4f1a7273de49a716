"""A report as one HTML file: styles, pictures and charts inside, nothing to load. Same data, same bytes."""

from __future__ import annotations

import json
import re
from functools import cache

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from itam.dashboard import parts, words
from itam.dashboard.charts import Chart
from itam.dashboard.tables import Section
from itam.reports.pack import Pack

CHART_STYLE = {
    "background": "transparent",
    "view": {"stroke": None},
    "font": "sans-serif",
    "axis": {"gridColor": "#88888844", "domainColor": "#888888", "tickColor": "#888888", "labelFontSize": 12},
    "legend": {"labelFontSize": 12},
}
IDENTIFIER = re.compile(r'(id="|url\(#|href="#)([\w-]+)')


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("itam.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def html(pack: Pack) -> str:
    """The whole page."""
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            pack=pack,
            look=Markup(parts.style("look.css")),
            day=words.long_day(pack.day),
            published=words.moment(pack.published_at, pack.zone),
            notes=parts.notes(pack.notes),
            cards=parts.cards(pack.cards),
            sections=[_section(s) for s in pack.sections],
            exceptions=[_section(s) for s in pack.exceptions],
            annex=[_section(s) for s in pack.annex],
        )
    )


def _section(section: Section) -> dict[str, object]:
    return {
        "key": section.key,
        "title": section.title,
        "note": section.note,
        "alt": section.alt,
        "svg": svg(section.chart, section.key) if section.chart is not None else "",
        "table": parts.table(section.table, section.title) if section.table is not None else "",
        "is_open": section.is_table_open or section.table is None or not section.table.rows,
    }


def svg(chart: Chart, key: str) -> Markup:
    """A chart as inline SVG; names inside are made its own, for several stand in one page."""
    specification = chart.configure(**{}).to_dict()
    specification["config"] = {**specification.get("config", {}), **CHART_STYLE}
    drawn = vl_convert.vegalite_to_svg(json.dumps(specification), vl_version="6.1")
    drawn = IDENTIFIER.sub(lambda m: f"{m[1]}{key}-{m[2]}", drawn)
    return Markup(drawn.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))

"""A report as a workbook: a sheet of the summary, one of the KPIs, one for each list. No cell is a formula.

What is delivered is written as text that Excel does not run; numbers, days and money are numbers, days and money. The
file holds no time of its own making: same data, same content.
"""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from itam.dashboard import words
from itam.dashboard.tables import Column, Table
from itam.reports import pack as packs
from itam.reports.pack import Pack

FORMATS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "head": {"bold": True, "bg_color": "#E3E8EF", "border": 1, "border_color": "#C3CAD5", "text_wrap": True},
    "part": {"bold": True, "font_size": 12},
    "text": {"text_wrap": True, "valign": "top"},
    "count": {"num_format": "#,##0", "valign": "top"},
    "number": {"num_format": "#,##0.00##", "valign": "top"},
    "money": {"num_format": "#,##0.00", "valign": "top"},
    "percent": {"num_format": "0.0%", "valign": "top"},
    "day": {"num_format": "yyyy-mm-dd", "valign": "top"},
    "green": {"bg_color": "#35B58A", "align": "center"},
    "amber": {"bg_color": "#F0A92E", "align": "center"},
    "red": {"bg_color": "#EF6C3A", "align": "center"},
    "none": {"bg_color": "#C9CED6", "align": "center"},
}
LONGEST_CELL = 32_000
WIDTHS = {"text": 28, "word": 16, "code": 30, "kpi": 28, "money": 16, "heat": 14}
NO_SHEET = re.compile(r"[\[\]:*?/\\']")


def content(pack: Pack) -> bytes:
    """The file."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(
        made,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    created = pack.published_at or datetime(pack.day.year, pack.day.month, pack.day.day)
    book.set_properties({"title": pack.title, "created": created.replace(microsecond=0)})
    formats = {name: book.add_format(how) for name, how in FORMATS.items()}
    names: set[str] = set()
    _summary(book.add_worksheet("Summary"), pack, formats)
    _sheet(book.add_worksheet(_name("KPIs", names)), packs.kpi_table(pack), formats)
    for section in (*pack.sections, *pack.exceptions, *pack.annex):
        if section.table is not None:
            _sheet(book.add_worksheet(_name(section.title, names)), section.table, formats)
    book.close()
    return made.getvalue()


def _name(title: str, taken: set[str]) -> str:
    """A sheet's name: at most 31 characters, none of them forbidden, each once."""
    base = NO_SHEET.sub(" ", title)[:28].strip()
    name, n = base, 1
    while name.casefold() in taken | {"summary"}:
        n += 1
        name = f"{base[:26]} {n}"
    taken.add(name.casefold())
    return name


def _summary(sheet: Worksheet, pack: Pack, formats: dict[str, Format]) -> None:
    sheet.set_column(0, 0, 120)
    sheet.write_string(0, 0, pack.title, formats["title"])
    sheet.write_string(1, 0, f"As of {words.long_day(pack.day)}; refresh {pack.version}")
    row = 3
    for note in pack.notes:
        sheet.write_string(row, 0, f"{note.title} {note.text}", formats["text"])
        row += 1
    for title, said in pack.summary.parts:
        sheet.write_string(row + 1, 0, title, formats["part"])
        row += 2
        for line in said:
            sheet.write_string(row, 0, line, formats["text"])
            row += 1
    _print(sheet)


def _sheet(sheet: Worksheet, table: Table, formats: dict[str, Format]) -> None:
    """A table with a head that stays, and a filter."""
    for i, column in enumerate(table.columns):
        sheet.set_column(i, i, WIDTHS.get(column.kind, 12))
        sheet.write_string(0, i, column.title, formats["head"])
    for n, row in enumerate(table.rows, start=1):
        for i, column in enumerate(table.columns):
            _write(sheet, n, i, column, table.value(row, column), formats)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    else:
        sheet.write_string(1, 0, table.nothing)
    sheet.freeze_panes(1, 1)
    _print(sheet)


def _write(sheet: Worksheet, n: int, i: int, column: Column, value: Any, formats: dict[str, Format]) -> None:
    if column.kind == "light":
        light = value or "none"
        sheet.write_string(n, i, words.LIGHTS[light][0], formats[light])
        return
    if column.kind == "heat":
        value = value["member_count"] if value else None
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_string(n, i, "yes" if value else "no")
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(n, i, float(value), formats.get(column.kind, formats["number"]))
    elif isinstance(value, date | datetime):
        sheet.write_datetime(n, i, value, formats["day"])
    else:
        sheet.write_string(n, i, str(value)[:LONGEST_CELL], formats["text"])


def _print(sheet: Worksheet) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)

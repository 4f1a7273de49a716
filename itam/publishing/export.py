"""``itam export``: published tables, or the answer to a query, as a workbook, CSV or Parquet.

Rows go to the disk as they are read, so that their number does not matter, and keep their types; nothing that was
delivered becomes a formula. A file is there completely or not at all. Not here: reports for people (itam/reports).
"""

from __future__ import annotations

import csv
import difflib
import math
import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import duckdb
import pyarrow.parquet as pq
import xlsxwriter
from xlsxwriter.exceptions import FileSizeError
from xlsxwriter.worksheet import Worksheet

from itam import spreadsheet
from itam.errors import RefusedError
from itam.home import Home
from itam.publishing.read import open_marts, select

Format = Literal["xlsx", "csv", "parquet"]
Cell = Callable[[Worksheet, int, int, Any], Any]

SHEET_ROWS = 1_048_576
"""What Excel takes in a sheet, the head included."""
SHEET_COLUMNS = 16_384
CELL_CHARACTERS = 32_767
EXACT = ".15G"
"""The digits that Excel keeps of a number."""
FIRST_DAY = date(1900, 3, 1)
"""Excel has no day before 1900, and one too many in the February of that year."""
BATCH = 10_000
ROW_GROUP = 122_880
WIDTHS = {"VARCHAR": 28, "DATE": 11, "TIMESTAMP": 19}


@dataclass(frozen=True)
class Part:
    """One thing to write: what it is called, and the query for its rows."""

    name: str
    sql: str


@dataclass(frozen=True)
class Written:
    """A finished file."""

    file: Path
    rows: int
    sheets: int


def export(home: Home, tables: Sequence[str], query: str | None, how: Format, to: Path) -> Written:
    """Write published tables (a sheet each in a workbook), or the answer to a query.

    Raises:
        RefusedError: no such table, more than the format can hold, or no folder to write to.
        NotReadOnlyError: the query does more than read.
        NothingPublishedError: there is nothing to export yet.
    """
    if not to.parent.is_dir():
        raise RefusedError(f"There is no folder {to.parent}: make it first, or name another file.")
    with closing(open_marts(home)) as con, TemporaryDirectory(prefix=".itam_export_", dir=to.parent) as folder:
        parts = [Part("query", query)] if query is not None else [_table(con, name) for name in dict.fromkeys(tables)]
        if len(parts) > 1 and how != "xlsx":
            raise RefusedError(f"A {how} file holds one table, not {len(parts)}: export them one by one, or as xlsx.")
        unfinished = Path(folder) / to.name
        rows, sheets = WRITERS[how](con, parts, unfinished)
        os.replace(unfinished, to)  # noqa: PTH105 - the atomic one
    return Written(to, rows, sheets)


def _table(con: duckdb.DuckDBPyConnection, name: str) -> Part:
    """A published table; its name is one that is known, never one that was typed."""
    known = [t for (t,) in con.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()]
    if name not in known:
        close = difflib.get_close_matches(name, known, 3)
        hint = f"did you mean {' or '.join(close)}?" if close else 'itam query "show tables" lists those that are.'
        raise RefusedError(f"No table {name!r} is published: {hint}")
    return Part(name, f'select * from marts."{name}"')


def _columns(answer: duckdb.DuckDBPyConnection) -> list[str]:
    return [d[0] for d in answer.description or []]


def _csv(con: duckdb.DuckDBPyConnection, parts: Sequence[Part], file: Path) -> tuple[int, int]:
    answer, count = select(con, parts[0].sql), 0
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        spreadsheet.write_rows(writer, [_columns(answer)])
        while batch := answer.fetchmany(BATCH):
            spreadsheet.write_rows(writer, batch)
            count += len(batch)
    return count, 0


def _parquet(con: duckdb.DuckDBPyConnection, parts: Sequence[Part], file: Path) -> tuple[int, int]:
    reader, count = select(con, parts[0].sql).to_arrow_reader(ROW_GROUP), 0
    with pq.ParquetWriter(file, reader.schema, compression="zstd") as out:
        for batch in reader:
            out.write_batch(batch)
            count += batch.num_rows
    return count, 0


def _workbook(con: duckdb.DuckDBPyConnection, parts: Sequence[Part], file: Path) -> tuple[int, int]:
    book = xlsxwriter.Workbook(str(file), {"constant_memory": True, "tmpdir": str(file.parent)})
    (version,) = con.execute("select current_database()").fetchall()[0]
    refresh_id = version.removeprefix("itam_")
    made = datetime.strptime(refresh_id, "%Y%m%dT%H%M%S%fZ").replace(microsecond=0)  # same data, same bytes
    book.set_properties({"title": "ITAM KPI warehouse", "comments": f"Refresh {refresh_id}", "created": made})
    count = sum(_sheets(book, part.name, select(con, part.sql)) for part in parts)
    try:
        book.close()
    except FileSizeError:
        raise RefusedError("The workbook would be larger than 4 GB: choose csv or parquet.") from None
    return count, len(book.worksheets())


def _sheets(book: Any, name: str, answer: duckdb.DuckDBPyConnection) -> int:
    """Write rows into a sheet; what Excel cannot hold in one goes on in ``<name> 2``, each with the head."""
    columns = _columns(answer)
    if len(columns) > SHEET_COLUMNS:
        raise RefusedError(f"Excel takes {SHEET_COLUMNS:,} columns, not {len(columns):,}: choose csv or parquet.")
    widths = [WIDTHS.get(str(d[1]), 14) for d in answer.description or []]
    head = book.add_format({"bold": True, "bg_color": "#E3E8EF", "bottom": 1})
    cells, text, room = _cells(book), _text, SHEET_ROWS - 1

    def sheet_for(piece: int) -> Worksheet:
        sheet = book.add_worksheet(name[:28] + (f" {piece + 1}" if piece else ""))
        sheet.freeze_panes(1, 0)
        for i, (column, width) in enumerate(zip(columns, widths, strict=True)):
            sheet.set_column(i, i, width)
            sheet.write_string(0, i, column, head)
        return sheet

    sheets, count = [sheet_for(0)], 0
    while batch := answer.fetchmany(BATCH):
        for row in batch:
            piece, line = divmod(count, room)
            if piece == len(sheets):
                sheets.append(sheet_for(piece))
            for i, value in enumerate(row):
                if value is not None and cells.get(type(value), text)(sheets[piece], line + 1, i, value) == TOO_LONG:
                    raise RefusedError(
                        f"Column {columns[i]} holds a text of {len(str(value)):,} characters and Excel takes"
                        f" {CELL_CHARACTERS:,}: choose csv or parquet."
                    )
            count += 1
    for piece, sheet in enumerate(sheets):
        sheet.autofilter(0, 0, min(room, count - piece * room), len(columns) - 1)
    return count


TOO_LONG = -2
"""What xlsxwriter answers instead of writing a text that Excel cuts."""


def _text(sheet: Worksheet, line: int, column: int, value: Any) -> Any:
    return sheet.write_string(line, column, str(value))


def _cells(book: Any) -> dict[type, Cell]:
    """How a value of each type is written; what Excel would change is written as text, so that no digit is lost."""
    day, time = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def number(sheet: Worksheet, line: int, column: int, value: Any) -> Any:
        if Decimal(format(value, EXACT)) == value:
            return sheet.write_number(line, column, value)
        return _text(sheet, line, column, value)

    def double(sheet: Worksheet, line: int, column: int, value: float) -> Any:
        if math.isfinite(value):
            return sheet.write_number(line, column, value)
        return _text(sheet, line, column, value)

    def date_(sheet: Worksheet, line: int, column: int, value: date) -> Any:
        if value >= FIRST_DAY:
            return sheet.write_datetime(line, column, value, day)
        return _text(sheet, line, column, value)

    def datetime_(sheet: Worksheet, line: int, column: int, value: datetime) -> Any:
        if value.tzinfo is None and value.date() >= FIRST_DAY:
            return sheet.write_datetime(line, column, value, time)
        return _text(sheet, line, column, value)

    def boolean(sheet: Worksheet, line: int, column: int, value: bool) -> Any:
        return sheet.write_boolean(line, column, value)

    return {int: number, Decimal: number, float: double, date: date_, datetime: datetime_, bool: boolean}


WRITERS: dict[Format, Callable[[duckdb.DuckDBPyConnection, Sequence[Part], Path], tuple[int, int]]] = {
    "xlsx": _workbook,
    "csv": _csv,
    "parquet": _parquet,
}

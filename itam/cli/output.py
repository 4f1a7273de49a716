"""How tables and JSON reach a terminal, a pipe or a program. What they hold is decided elsewhere."""

from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table

from itam import spreadsheet

PIPE_WIDTH = 100_000


def console(stream: TextIO | None = None) -> Console:
    """Colours and boxes for a person; plain, unwrapped text for a pipe."""
    out = Console(file=stream or sys.stdout, highlight=False)
    return out if out.is_terminal else Console(file=out.file, highlight=False, width=PIPE_WIDTH, no_color=True)


def table(out: Console, columns: Sequence[str], *, title: str | None = None, numbers: Sequence[str] = ()) -> Table:
    """An empty table in the style of the place it goes to."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold", title_style="bold")
    for name in columns:
        right = name in numbers
        made.add_column(name, justify="right" if right else "left", no_wrap=right, overflow="fold")
    return made


def print_rows(out: Console, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """The rows of a query."""
    listed = [list(row) for row in rows]
    numeric = {
        name
        for i, name in enumerate(columns)
        if listed and all(isinstance(r[i], int | float | Decimal | None) and not isinstance(r[i], bool) for r in listed)
    }
    made = table(out, columns, numbers=[c for c in columns if c in numeric])
    for row in listed:
        made.add_row(*(_cell(v) for v in row))
    out.print(made, markup=False) if isinstance(made, str) else out.print(made)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = str(value)
    return text.replace("[", "\\[") if "[" in text else text


def print_json(value: Any) -> None:
    """One JSON document; decimals and dates as text that loses nothing, NaN and infinity as null."""
    sys.stdout.write(json.dumps(_plain(value), ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    match value:
        case float() if not math.isfinite(value):
            return None
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case date() | datetime():
            return value.isoformat()
        case dict():
            return {str(k): _plain(v) for k, v in value.items()}
        case list() | tuple() | set():
            return [_plain(v) for v in value]
        case _:
            return str(value)


def write_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows as CSV on standard output; no cell of it is a formula to a spreadsheet."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    spreadsheet.write_rows(writer, [columns])
    spreadsheet.write_rows(writer, rows)

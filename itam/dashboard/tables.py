"""Tables and sections: what stands on a page, before anybody decides whether it becomes HTML or a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import altair as alt

from itam.dashboard.data import Row, Rows

Kind = Literal[
    "text",
    "word",
    "count",
    "number",
    "money",
    "percent",
    "day",
    "moment",
    "light",
    "kpi",
    "flag",
    "heat",
    "difference",
    "code",
]
NUMERIC = ("count", "number", "money", "percent", "difference", "heat")


@dataclass(frozen=True)
class Column:
    """One column: where its value is in a row, what it is called, and what it is."""

    key: str
    title: str
    kind: Kind = "text"
    currency: str = "currency"
    """The column of the row that names the currency of a money column."""


@dataclass(frozen=True)
class Table:
    """Rows under titles; without rows, a sentence."""

    columns: tuple[Column, ...]
    rows: Rows
    nothing: str = "Nothing."
    caption: str = ""

    def value(self, row: Row, column: Column) -> Any:
        """A cell as it was published."""
        return row.get(column.key)


@dataclass(frozen=True)
class Section:
    """A part of a page: a chart with its table, or a table alone."""

    key: str
    title: str
    note: str = ""
    chart: alt.Chart | alt.LayerChart | alt.FacetChart | None = None
    alt: str = ""
    table: Table | None = None
    is_table_open: bool = False
    is_wide: bool = False

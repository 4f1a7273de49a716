"""Columns of a delivery: numpy arrays of the simulation become Arrow arrays of a feed.

Here: dates, timestamps, money and text with nulls, and the few ways to spoil them.
Not here: what the values mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from itam.sample.timeline import Flags

Array: TypeAlias = NDArray[Any]


def text(pool: Sequence[str] | pa.Array, codes: Array, shown: Flags | None = None) -> pa.DictionaryArray:
    """Values picked from a pool of words; a negative code is null."""
    hidden = codes < 0 if shown is None else (codes < 0) | ~shown
    if not isinstance(pool, pa.Array):  # a word twice in a dictionary makes Parquet pages end in stray memory
        place = {word: number for number, word in enumerate(dict.fromkeys(pool))}
        codes = np.array([place[word] for word in pool] or [0])[np.where(hidden, 0, codes)]
        pool = pa.array(list(place), pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=hidden), pool)


def pick(values: pa.Array, index: Array, shown: Flags | None = None) -> pa.Array:
    """Rows of a column of (mostly distinct) strings; a negative index is null."""
    hidden = index < 0 if shown is None else (index < 0) | ~shown
    return values.take(pa.array(index.astype(np.int64), mask=hidden))


def strings(values: Sequence[str | None]) -> pa.Array:
    """A plain column of strings."""
    return pa.array(values, pa.string())


def same(value: str | None, rows: int) -> pa.Array:
    """One value on every row."""
    codes = np.full(rows, -1 if value is None else 0)
    return text([value or ""], codes)


def days(values: Array, shown: Flags | None = None) -> pa.Array:
    """Dates from day numbers."""
    return pa.array(values.astype(np.int32), mask=None if shown is None else ~shown).cast(pa.date32())


def stamps(seconds: Array, shown: Flags | None = None) -> pa.Array:
    """Timestamps (UTC) from seconds since 1970."""
    return pa.array(seconds.astype(np.int64), mask=None if shown is None else ~shown).cast(pa.timestamp("s"))


def integers(values: Array, shown: Flags | None = None) -> pa.Array:
    """Whole numbers."""
    return pa.array(values.astype(np.int64), mask=None if shown is None else ~shown)


def flags(values: Array, shown: Flags | None = None) -> pa.Array:
    """Booleans."""
    return pa.array(values.astype(np.bool_), mask=None if shown is None else ~shown)


def money(cents: Array, shown: Flags | None = None) -> pa.Array:
    """Exact decimals(18, 4) from whole cents."""
    rows = len(cents)
    words = np.empty((rows, 2), dtype="<i8")
    words[:, 0] = cents.astype(np.int64) * 100
    words[:, 1] = np.where(words[:, 0] < 0, -1, 0)
    validity = None
    if shown is not None:
        validity = pa.py_buffer(np.packbits(shown, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.decimal128(18, 4), rows, [validity, pa.py_buffer(words.tobytes())])


def decimals(values: Array, places: int, shown: Flags | None = None) -> pa.Array:
    """Decimal text with a fixed number of places."""
    words = [f"{value:.{places}f}" for value in values.tolist()]
    column = pa.array(words, pa.string())
    return column if shown is None else pc.if_else(pa.array(shown), column, pa.scalar(None, pa.string()))


def as_text(column: pa.Array) -> pa.Array:
    """The column as a text file would show it."""
    if pa.types.is_dictionary(column.type):
        return column.dictionary_decode()
    return column.cast(pa.string())


def spoil(table: pa.Table, column: str, rows: Flags, value: str) -> pa.Table:
    """Put the same broken text on some rows of a column; the column becomes text."""
    if not rows.any():
        return table
    at = table.column_names.index(column)
    words = as_text(table.column(column).combine_chunks())
    return table.set_column(at, column, pc.if_else(pa.array(rows), pa.scalar(value, pa.string()), words))

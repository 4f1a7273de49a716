"""Text that a spreadsheet program shows instead of running it.

Here: the guard that every CSV of ours for people puts before a delivered value, and its undoing where people paste such
lines back. Not here: deliveries, which are read as they are.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")
_MARK = "'"


class Writer(Protocol):
    """What ``csv.writer`` gives."""

    def writerow(self, row: Iterable[Any], /) -> Any:
        """Write one row."""


def guarded(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_STARTS) and not _NUMBER.fullmatch(value):
        return _MARK + value
    return value


def unguarded(text: str) -> str:
    """The value that was guarded."""
    return text[1:] if text.startswith(_MARK) and guarded(text[1:]) == text else text


def write_rows(writer: Writer, rows: Iterable[Sequence[Any]]) -> None:
    """Rows of guarded cells."""
    for row in rows:
        writer.writerow([guarded(cell) for cell in row])

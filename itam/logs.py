"""The log of a refresh: one file of JSON lines, each with the refresh, and where it applies feed and batch.

For people who look for a cause; what a person must know is told on the screen and in the status file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO, TextIOWrapper
from pathlib import Path
from typing import TextIO

import structlog

KEEP = 60

Log = structlog.typing.FilteringBoundLogger


class _Patient(TextIOWrapper):
    """A log on a disk that may be full: a line that cannot be written is no reason to fail."""

    def __init__(self, path: Path) -> None:
        super().__init__(FileIO(path, "a"), encoding="utf-8", write_through=True)

    def write(self, text: str) -> int:
        """Write what can be written."""
        with suppress(OSError):
            return super().write(text)
        return 0


def make_log(stream: TextIO, refresh_id: str) -> Log:
    """A logger that writes JSON lines to a stream."""
    log: Log = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(20),
    ).bind(refresh_id=refresh_id)
    return log


@contextmanager
def open_log(folder: Path, refresh_id: str) -> Iterator[Log]:
    """The log file of a refresh; the oldest files make room."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob("refresh_*.jsonl"))[: -(KEEP - 1)]:
        old.unlink(missing_ok=True)
    stream = _Patient(folder / f"refresh_{refresh_id}.jsonl")
    try:
        yield make_log(stream, refresh_id)
    finally:
        with suppress(OSError):
            stream.close()

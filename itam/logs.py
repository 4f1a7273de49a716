"""The log of a refresh: one file of JSON lines, each with the refresh, and where it applies feed and batch.

For people who look for a cause; what a person must know is told on the screen and in the status file.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import structlog

KEEP = 60

Log = structlog.typing.FilteringBoundLogger


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
    with (folder / f"refresh_{refresh_id}.jsonl").open("a", encoding="utf-8", buffering=1) as stream:
        yield make_log(stream, refresh_id)

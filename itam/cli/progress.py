"""What a person sees while a refresh runs: a live line on a terminal, plain lines in a pipe, nothing when quiet."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

STEPS = {
    "sample": "Writing deliveries",
    "land": "Landing deliveries",
    "build": "Building models",
    "check": "Checking the marts",
    "publish": "Publishing",
}


class QuietReporter:
    """Says nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def step(self, name: str) -> None:
        """Nothing."""

    def detail(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""


class PlainReporter(QuietReporter):
    """One line per step."""

    def __init__(self, out: Console) -> None:
        self.out = out
        self.began = time.monotonic()

    def step(self, name: str) -> None:
        """Say which step begins, and when."""
        self.out.print(f"{time.monotonic() - self.began:6.1f} s  {STEPS.get(name, name)}", markup=False)

    def note(self, text: str) -> None:
        """Print a line."""
        self.out.print(text, markup=False)


class LiveReporter(QuietReporter):
    """A live line per step: spinner, bar, what is worked on."""

    def __init__(self, out: Console) -> None:
        self.progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<20}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[count]:>9}"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[detail]}"),
            console=out,
        )
        self.task: TaskID | None = None

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(kind is None)
        self.progress.stop()

    def _close(self, complete: bool = True) -> None:
        if self.task is not None and complete:
            self.progress.update(self.task, total=1, completed=1, detail="")
            self.progress.stop_task(self.task)

    def step(self, name: str) -> None:
        """Finish the line before and begin one."""
        self._close()
        self.task = self.progress.add_task(STEPS.get(name, name), total=None, count="", detail="")

    def detail(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Show what is worked on."""
        if self.task is None:
            return
        count = f"{done}/{total}" if total else ""
        self.progress.update(self.task, detail=text[:60].replace("[", "("), count=count, total=total, completed=done)

    def note(self, text: str) -> None:
        """Print a line above the live ones."""
        self.progress.console.print(text, markup=False)


def reporter(out: Console, quiet: bool) -> QuietReporter:
    """The reporter that fits the place."""
    if quiet:
        return QuietReporter()
    return LiveReporter(out) if out.is_terminal else PlainReporter(out)

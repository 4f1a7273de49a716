"""A home that is refreshed as its owner would: files into the landing folder, the real command, the published file.

Here: putting files, running `itam`, reading what it published. Not here: deliveries, and what the numbers should be.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

ITAM = Path(sys.executable).with_name("itam")


class Cell(NamedTuple):
    """A cell of kpi_results, numbers as floats for reading and comparing by eye."""

    numerator: float | None
    denominator: float | None
    value: float | None
    status: str
    reason: str | None


class RefreshedHome:
    """An organisation's folder under test."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def deliver(self, source: str, feed: str, extracted_at: str, content: str, extension: str = "csv") -> Path:
        """Put a file into the landing folder; the indentation of text blocks in tests is not part of it."""
        path = self.root / "landing" / source / feed / f"{extracted_at}.{extension}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line.strip()}\n" for line in content.strip().splitlines()), encoding="utf-8")
        return path

    def refresh(self, as_of: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run `itam refresh` to its end."""
        day = [] if as_of is None else ["--as-of", as_of]
        return subprocess.run(
            [str(ITAM), "refresh", "--home", str(self.root), *day, "--quiet"],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.root,
        )

    def published(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of the published marts."""
        return _rows(self.root / "published" / "itam.duckdb", query, parameters)

    def told(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of the status file, which says what happened to deliveries."""
        return _rows(self.root / "published" / "status.duckdb", query, parameters)

    def landed(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of the warehouse itself."""
        return _rows(self.root / "warehouse.duckdb", query, parameters)

    def cell(self, kpi: str, as_of: str, dim_type: str = "all", dim_value: str = "all") -> Cell | None:
        """One cell; none when there is no such row, which for a slice means that it has no member."""
        found = self.published(
            "select numerator, denominator, value, status, reason from marts.kpi_results"
            " where kpi_id = ? and as_of_date = ? and dim_type = ? and dim_value = ?",
            [kpi, as_of, dim_type, dim_value],
        )
        assert len(found) <= 1
        for *numbers, status, reason in found:
            numerator, denominator, value = (None if number is None else float(number) for number in numbers)
            return Cell(numerator, denominator, value, status, reason)
        return None


def _rows(file: Path, query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file.resolve()), read_only=True) as connection:
        return connection.execute(query, parameters).fetchall()
